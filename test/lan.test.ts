/** `--lan` and `auth` as a user has them: every way in, from this machine and by its other addresses. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { hashPassword } from '../src/access/password.js';
import { type ProfileText, RunningAppliance, runTeecam } from './support/appliance.js';
import { Child } from './support/child.js';
import { ffprobe } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const profile: ProfileText = {
  rtsp: { port: 0, udp: { ports: '43000-43099' } },
  cameras: {
    front: {
      source: 'test',
      capture: { width: 160, height: 120, framerate: 15 },
      streams: {
        high: { codec: 'h264', width: 160, height: 120, framerate: 15 },
        low: { codec: 'jpeg', width: 160, height: 120, framerate: 15, port: 0 },
      },
    },
  },
};

/** Loopback of both kinds, and the first address of each kind that others would use, as far as there are. */
function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ address }) => !/^fe80:/i.test(address));
  const firsts = ['IPv4', 'IPv6'].flatMap((family) =>
    [true, false].flatMap((internal) => {
      const found = usable.find((one) => one.family === family && one.internal === internal);
      return found ? [found.address] : [];
    }),
  );
  return firsts.map((address) => (address.includes(':') ? `[${address}]` : address));
}

async function status(url: string, user?: string, password?: string): Promise<number> {
  const abort = new AbortController();
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = user === undefined ? {} : { authorization };
  const response = await fetch(url, { headers, signal: abort.signal, redirect: 'manual' });
  abort.abort();
  return response.status;
}

const portsOf = ({ log }: RunningAppliance) => {
  const port = (pattern: RegExp) => Number(pattern.exec(log)?.[1]);
  return {
    http: port(/page +http:\/\/[^\s]*:(\d+)\//),
    rtsp: port(/rtsp:\/\/[^\s]*:(\d+)\/front\/high/),
    own: port(/http:\/\/[^\s]*:(\d+)\/\n.*\/front\/low\.jpg/),
  };
};

async function asksEverywhere(appliance: RunningAppliance, user: string, password: string): Promise<void> {
  const ports = portsOf(appliance);
  const addresses = ownAddresses();
  assert.ok(addresses.length > 0);
  for (const address of addresses) {
    const http = `http://${address}:${ports.http}`;
    assert.equal(await status(`${http}/healthz`), 200);
    for (const url of [
      `${http}/`,
      `${http}/metrics`,
      `${http}/front/low.mjpg`,
      `http://${address}:${ports.own}/`,
    ]) {
      assert.equal(await status(url), 401, url);
      assert.equal(await status(url, user, 'wrong'), 401, url);
      assert.equal(await status(url, user, password), 200, url);
    }
    const events = new WebSocket(`ws://${address}:${ports.http}/api/v1/events`);
    const refused = await new Promise<string>((resolve) =>
      events.once('error', (error) => resolve(error.message)),
    );
    assert.match(refused, /401/);
    const rtsp = (userinfo: string) => `rtsp://${userinfo}${address}:${ports.rtsp}/front/high`;
    for (const transport of ['tcp', 'udp'] as const) {
      assert.equal((await ffprobe(rtsp(`${user}:${password}@`), transport)).codec_name, 'h264');
    }
    await assert.rejects(ffprobe(rtsp(''), 'tcp'), /401 Unauthorized/);
  }
}

describe('teecam run --lan', () => {
  let state: string;
  let password = '';
  const start = () => RunningAppliance.start(profile, { args: ['--lan'], env: { STATE_DIRECTORY: state } });
  before(async () => {
    state = await mkdtemp(join(tmpdir(), 'teecam-lan-'));
  });
  after(() => rm(state, { recursive: true, force: true }));

  it('makes a user, shows the password once, and asks for it on every way in', async () => {
    await using appliance = await start();
    password = await until('the password', () => /^ {2}password {2}(\S+)$/m.exec(appliance.output)?.[1]);
    assert.match(appliance.output, /^ {2}user {6}admin$/m);
    await asksEverywhere(appliance, 'admin', password);
    assert.ok(!appliance.errors.includes(password), 'the log has the password');
    assert.deepEqual(await readdir(state), ['lan-user.json']);
    assert.equal((await stat(join(state, 'lan-user.json'))).mode & 0o777, 0o600);
    assert.ok(!(await readFile(join(state, 'lan-user.json'), 'utf8')).includes(password));
  });

  it('keeps it over a restart, and does not show it again', async () => {
    await using appliance = await start();
    await until('the user is named', () =>
      appliance.output.includes('User admin, with the password that was'),
    );
    assert.ok(!appliance.log.includes(password));
    assert.equal(await status(appliance.http('/'), 'admin', password), 200);
    assert.equal(await status(appliance.http('/'), 'admin', 'wrong'), 401);
  });

  it('shuts out an address that guesses, and those who watch go on', async () => {
    await using appliance = await start();
    const ready = appliance.http('/readyz');
    await until('it is ready', async () => (await status(ready, 'admin', password)) === 200);
    const { rtsp } = portsOf(appliance);
    await using viewer = new Child('ffmpeg', [
      ...[
        '-v',
        'error',
        '-rtsp_transport',
        'tcp',
        '-i',
        `rtsp://admin:${password}@127.0.0.1:${rtsp}/front/high`,
      ],
      ...['-map', '0:v', '-c', 'copy', '-flush_packets', '1', '-f', 'framecrc', '-'],
    ]);
    const packets = () => viewer.stdout.split('\n').length;
    await until('it watches', () => packets() > 10);
    for (let guess = 0; guess < 10; guess++) {
      assert.equal(await status(appliance.http('/'), 'admin', `guess ${guess}`), 401);
      await assert.rejects(ffprobe(`rtsp://admin:guess${guess}@127.0.0.1:${rtsp}/front/high`, 'tcp'));
    }
    const fresh = await fetch(appliance.http('/metrics'), {
      headers: {
        authorization: `Basic ${Buffer.from('admin:guess').toString('base64')}`,
        connection: 'close',
      },
    });
    assert.equal(fresh.status, 429);
    assert.ok(Number(fresh.headers.get('retry-after')) > 0);
    await assert.rejects(ffprobe(`rtsp://admin:${password}@127.0.0.1:${rtsp}/front/high`, 'tcp'));
    const seen = packets();
    await until('it goes on', () => packets() > seen + 15);
  });

  it('leaves it to the profile who may come in, if that says so', async () => {
    const joe = await hashPassword('joe', 'p:a@s/s%wörd');
    const folder = await mkdtemp(join(tmpdir(), 'teecam-lan-'));
    try {
      const env = { STATE_DIRECTORY: folder };
      const withUser = { ...profile, auth: { users: { joe } } };
      await using appliance = await RunningAppliance.start(withUser, { args: ['--lan'], env });
      assert.equal(await status(appliance.http('/'), 'joe', 'p:a@s/s%wörd'), 200);
      assert.equal(await status(appliance.http('/'), 'admin', 'x'), 401);
      assert.match(appliance.output, /A user and a password are asked for, as the profile has them/);
      const authorization = `Basic ${Buffer.from('joe:p:a@s/s%wörd').toString('base64')}`;
      const shown = await (
        await fetch(appliance.http('/api/v1/profile'), { headers: { authorization } })
      ).text();
      assert.match(shown, /"joe"/);
      assert.ok(!shown.includes('argon2') && !shown.includes(joe.rtsp), 'the hashes are shown');
      assert.deepEqual(await readdir(folder), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('without --lan', () => {
  it('an open host without auth is no profile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'teecam-lan-'));
    try {
      const file = join(folder, 'profile.json');
      await writeFile(file, JSON.stringify({ ...profile, http: { host: '0.0.0.0', port: 0 } }));
      await using child = runTeecam(['run', file]);
      const { code } = await child.end(20_000);
      assert.equal(code, 78);
      assert.match(child.stderr, /http\.host: .*teecam password NAME.*auth: none/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('other machines are told of the tunnel and of --lan', async () => {
    await using appliance = await RunningAppliance.start(profile);
    await until('the banner is whole', () => /ssh -L \d+:127\.0\.0\.1:\d+/.test(appliance.output));
    assert.match(appliance.output, /start with --lan/);
    assert.equal(await status(appliance.http('/')), 200);
  });
});
