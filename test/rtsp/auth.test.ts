/** Who may watch over RTSP: real clients with passwords of every kind, and bytes that no client sends. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { rtspHash } from '../../src/access/password.js';
import { run, serve, start, until, Viewer } from './rig.js';

const passwords = {
  joe: 'open sesame',
  odd: 'p:a@s/s%2F%w#r?d&',
  uwe: 'Grüße an Käthe 🎥',
};
const users = Object.fromEntries(
  Object.entries(passwords).map(([name, password]) => [name, rtspHash(name, password)]),
);
const mount = '/cam/stream';

function withUser(url: string, name: string, password: string): string {
  const userinfo = [name, password].map(encodeURIComponent).join(':');
  return url.replace('rtsp://', `rtsp://${userinfo}@`);
}

interface Answer {
  status: number;
  headers: string;
}

/** A connection that says exactly what it is told to. */
class Raw {
  readonly socket: Socket;
  #sequence = 0;

  /** From an address of loopback that is its own, if it matters. */
  constructor(t: TestContext, port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress });
    this.socket.on('error', () => this.socket.destroy());
    t.after(() => this.socket.destroy());
  }

  async ask(method: string, url: string, ...headers: string[]): Promise<Answer> {
    this.#sequence += 1;
    const lines = [`${method} ${url} RTSP/1.0`, `CSeq: ${this.#sequence}`, ...headers, '', ''];
    this.socket.write(lines.join('\r\n'));
    let text = '';
    while (!/\r\n\r\n/.test(text)) {
      const [data] = (await once(this.socket, 'data', { signal: AbortSignal.timeout(15_000) })) as [Buffer];
      text += data;
    }
    return { status: Number(text.split(' ')[1]), headers: text };
  }
}

const basic = (name: string, password: string) =>
  `Authorization: Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

function digest(name: string, password: string, method: string, uri: string, nonce: string): string {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const response = md5(`${rtspHash(name, password)}:${nonce}:${md5(`${method}:${uri}`)}`);
  return `Authorization: Digest username="${name}", realm="teecam", nonce="${nonce}", uri="${uri}", response="${response}"`;
}

const nonceOf = ({ headers }: Answer) => /nonce="([^"]+)"/.exec(headers)?.[1] ?? '';

const clients: [string, (url: string, name: string, password: string) => [string, string[]]][] = [
  ...(['tcp', 'udp', 'http'] as const).map((transport): (typeof clients)[number] => [
    `ffprobe over ${transport}`,
    (url, name, password) => [
      'ffprobe',
      [
        ...['-v', 'error', '-rtsp_transport', transport, '-show_entries', 'stream=codec_name'],
        ...['-of', 'csv', withUser(url, name, password)],
      ],
    ],
  ]),
  ...(['tcp', 'udp', 'tcp+http'] as const).map((protocols): (typeof clients)[number] => [
    `GStreamer over ${protocols}`,
    (url, name, password) => [
      'gst-launch-1.0',
      [
        ...['-q', 'rtspsrc', `location=${protocols === 'tcp+http' ? url.replace('rtsp:', 'rtsph:') : url}`],
        ...[`user-id=${name}`, `user-pw=${JSON.stringify(password)}`, `protocols=${protocols}`],
        ...['!', 'fakesink', 'num-buffers=3'],
      ],
    ],
  ]),
];

for (const [title, command] of clients) {
  test(`${title} plays with the right password, whatever its letters, and not with a wrong one`, async (t) => {
    const { server, url } = await serve(t, {}, { users });
    const playing = () => server.events.filter(({ event }) => event === 'playing').length;
    for (const [name, password] of Object.entries(passwords)) {
      const before = playing();
      const ended = await run(t, ...command(url, name, password));
      // rtspsrc sometimes fails at its end, when it pauses: it is inside then all the same.
      assert.ok(ended.code === 0 || playing() > before, `${name}: ${ended.stderr}`);
    }
    assert.equal(server.happened('refused'), undefined);
    const ended = await run(t, ...command(url, 'joe', 'open sesam'));
    assert.notEqual(ended.code, 0);
    assert.ok(playing() <= Object.keys(passwords).length);
    await until('the attempt is told', () => server.happened('refused') !== undefined);
  });
}

test('everything but OPTIONS needs the password, which is taken as basic and as digest', async (t) => {
  const { server, url } = await serve(t, {}, { users });
  const port = server.handle.port;
  const open = new Raw(t, port);
  assert.equal((await open.ask('OPTIONS', url)).status, 200);
  for (const method of ['DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN', 'GET_PARAMETER', 'ANNOUNCE', 'RECORD']) {
    const { status, headers } = await open.ask(method, url);
    assert.equal(status, 401, method);
    assert.match(headers, /\r\nWWW-Authenticate: Digest realm="teecam", nonce="[0-9a-f]{32}"\r\n/);
    assert.match(headers, /\r\nWWW-Authenticate: Basic realm="teecam"\r\n/);
  }
  assert.equal(server.happened('refused'), undefined, 'to ask without a password is no attempt');
  assert.equal((await open.ask('DESCRIBE', server.url('/nothing'))).status, 401, 'mounts are not told apart');
  assert.equal((await open.ask('DESCRIBE', url, basic('joe', passwords.joe))).status, 200);
  assert.equal((await open.ask('DESCRIBE', url)).status, 200, 'this connection is inside');

  const other = new Raw(t, port);
  const asked = await other.ask('DESCRIBE', url);
  const answer = digest('uwe', passwords.uwe, 'DESCRIBE', url, nonceOf(asked));
  assert.equal((await other.ask('DESCRIBE', url, answer)).status, 200);

  const third = new Raw(t, port);
  const stale = await third.ask('DESCRIBE', url, answer);
  assert.equal(stale.status, 401, "another connection's answer");
  assert.match(stale.headers, /stale=true/);
  const fresh = digest('uwe', passwords.uwe, 'DESCRIBE', url, nonceOf(stale));
  assert.equal((await third.ask('DESCRIBE', url, fresh)).status, 200);
  assert.equal(server.happened('refused'), undefined, 'an old nonce is no attempt');
});

test('what is no password, or not the right one, does not open', async (t) => {
  const { server, url } = await serve(t, {}, { users });
  const wrong = [
    basic('joe', 'x'),
    basic('nobody', passwords.joe),
    basic('joe', ''),
    basic('', ''),
    'Authorization: Basic',
    'Authorization: Basic !!!',
    `Authorization: Basic ${Buffer.from('joe').toString('base64')}`,
    'Authorization: Digest',
    'Authorization: Digest username="joe", realm="teecam", nonce="", uri="", response=""',
    'Authorization: Bearer joe',
    'Authorization: ',
    `Authorization: Basic ${'A'.repeat(4000)}`,
  ];
  for (const [index, header] of wrong.entries()) {
    const raw = new Raw(t, server.handle.port, `127.0.0.${index + 2}`);
    assert.equal((await raw.ask('DESCRIBE', url, header)).status, 401, header);
  }
  const told = server.events.flatMap((event) => (event.event === 'refused' ? [event.address] : []));
  const guesses = [2, 3, 4, 5, 6, 7, 8, 9, 10, 13].map((last) => `127.0.0.${last}`);
  assert.deepEqual(told, guesses, 'what is no attempt to guess does not count as one');
});

test('an address that tries too often is shut out, and whoever is inside stays', async (t) => {
  const { server, url } = await serve(t, {}, { users });
  const viewer = new Viewer(t, withUser(url, 'joe', passwords.joe), 'tcp');
  await viewer.sees(3);
  const inside = new Raw(t, server.handle.port);
  assert.equal((await inside.ask('DESCRIBE', url, basic('joe', passwords.joe))).status, 200);
  const attacker = new Raw(t, server.handle.port);
  for (let attempt = 0; attempt < 10; attempt++) {
    assert.equal((await attacker.ask('DESCRIBE', url, basic('joe', `guess ${attempt}`))).status, 401);
  }
  const right = await attacker.ask('DESCRIBE', url, basic('joe', passwords.joe));
  assert.equal(right.status, 503, 'not even the right one now');
  assert.match(right.headers, /\r\nRetry-After: ([1-9]|[1-5]\d|60)\r\n/);
  const next = new Raw(t, server.handle.port);
  await assert.rejects(next.ask('OPTIONS', url), 'a new connection is closed at once');
  const refusals = server.events.filter((event) => event.event === 'refused');
  assert.deepEqual(
    refusals.map(({ reason }) => reason),
    [...Array.from({ length: 10 }, () => 'password'), 'limit', 'limit'],
  );
  assert.ok(refusals.every(({ address }) => address === '127.0.0.1'));
  await viewer.sees(15);
  assert.equal((await inside.ask('DESCRIBE', url)).status, 200);
});

test('a request with a huge body is not waited for', async (t) => {
  const { server, url } = await serve(t, {}, { users });
  const raw = new Raw(t, server.handle.port);
  assert.equal((await raw.ask('DESCRIBE', url, 'Content-Length: 2000000000')).status, 413);
});

test('without users nobody is asked', async (t) => {
  const { server, url } = await serve(t);
  const raw = new Raw(t, server.handle.port);
  assert.equal((await raw.ask('DESCRIBE', url)).status, 200);
  const ffmpeg = start(t, 'ffmpeg', `-v error -i ${withUser(url, 'a', 'b')} -c copy -f null -`.split(' '));
  await server.playing(mount, 1);
  ffmpeg.kill('SIGKILL');
});
