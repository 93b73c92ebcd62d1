/** Streams for GStreamer's shmsrc: what such a client sees, and what it cannot do to others. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { noReaders } from '../src/api/testing.js';
import { RunningAppliance } from './support/appliance.js';
import { Child, output } from './support/child.js';
import { ringFiles } from './support/shm.js';
import { until } from './support/until.js';

// 330 pixels of three bytes: rows that GStreamer pads to four bytes, and the ring to sixty-four.
const small = { width: 330, height: 182, framerate: 15, outputs: ['picture', 'shm', 'shmsink'] };
const streams = {
  rgb: { codec: 'raw', format: 'RGB', ...small },
  nv12: { codec: 'raw', format: 'NV12', ...small },
  coded: { codec: 'h264', ...small, gop: 300 },
  jpeg: { codec: 'jpeg', ...small },
};
const decoders: Readonly<Record<keyof typeof streams, string[]>> = {
  rgb: [],
  nv12: [],
  coded: ['!', 'h264parse', '!', 'avdec_h264'],
  jpeg: ['!', 'jpegdec'],
};

let folder: string;

function profile() {
  const withSockets = Object.entries(streams).map(([name, stream]) => [
    name,
    { ...stream, shmsink: join(folder, name) },
  ]);
  return { cameras: { front: { source: 'test:smpte', streams: Object.fromEntries(withSockets) } } };
}

/** `shmsrc ! caps`, as a person writes it. */
async function shmsrc(appliance: RunningAppliance, name: string): Promise<string[]> {
  const { addresses, shmsrcCaps } = await appliance.stream('front', name);
  assert.equal(addresses.shmsink, join(folder, name));
  assert.ok(shmsrcCaps);
  const source = ['shmsrc', 'is-live=true', 'do-timestamp=true', `socket-path=${addresses.shmsink}`];
  return ['-q', ...source, '!', shmsrcCaps];
}

/** A client that writes all that it gets to a file, which grows. */
class GrowingFile implements AsyncDisposable {
  readonly child: Child;
  readonly #file: string;

  constructor(source: readonly string[], name: string) {
    this.#file = join(folder, `${name}.bytes`);
    const sink = ['!', 'filesink', 'buffer-mode=unbuffered', `location=${this.#file}`];
    this.child = new Child('gst-launch-1.0', [...source, ...sink]);
  }

  async size(): Promise<number> {
    return existsSync(this.#file) ? (await stat(this.#file)).size : 0;
  }

  async grows(bytes: number): Promise<void> {
    const before = await this.size();
    await until(
      `${this.#file} grows\n${this.child.stderr}`,
      async () => (await this.size()) > before + bytes,
      {
        withinMs: 20_000,
      },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.child[Symbol.asyncDispose]();
  }
}

/** The mean colours of eight columns, and how far they are apart at most. */
async function columns(picture: Buffer): Promise<number[]> {
  const { data } = await sharp(picture)
    .removeAlpha()
    .resize(8, 1, { fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data];
}

describe('a stream for shmsrc', () => {
  let appliance: RunningAppliance;
  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'teecam-test-shm-'));
      appliance = await RunningAppliance.start(profile());
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(async () => {
    await appliance?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  for (const name of Object.keys(streams) as (keyof typeof streams)[]) {
    it(`is the picture of ${name}, in its colours`, { timeout: 60_000 }, async () => {
      const file = join(folder, `${name}.png`);
      const toFile = [
        '!',
        'videoconvert',
        '!',
        'pngenc',
        'snapshot=true',
        '!',
        'filesink',
        `location=${file}`,
      ];
      const source = await shmsrc(appliance, name);
      const asExpected = async () => {
        await output('gst-launch-1.0', [...source, ...decoders[name], ...toFile], 40_000);
        const picture = await readFile(file);
        const { width, height } = await sharp(picture).metadata();
        assert.deepEqual([width, height], [330, 182]);
        const expected = await (await fetch(appliance.http(`/front/${name}.jpg`))).arrayBuffer();
        const [seen, wanted] = [await columns(picture), await columns(Buffer.from(expected))];
        const apart = seen.map((value, index) => Math.abs(value - (wanted[index] ?? 0)));
        assert.ok(Math.max(...apart) < 16, `${seen} is not ${wanted}`);
        return true;
      };
      // Either may be a slate, when the machine has no time for the camera.
      await until('both show the camera', asExpected, { withinMs: 30_000 });
      await until('its branch sleeps', async () => {
        const stream = await appliance.stream('front', name);
        return stream.readers.shmsink === 0 && stream.readers.ring === 0 && !stream.open;
      });
    });
  }

  it('goes on for the others when one stops and another is killed', { timeout: 90_000 }, async () => {
    const source = await shmsrc(appliance, 'nv12');
    const frame = 330 * 182;
    await using stopped = new GrowingFile(source, 'stopped');
    await using killed = new GrowingFile(source, 'killed');
    await using brisk = new GrowingFile(source, 'brisk');
    for (const client of [stopped, killed, brisk]) await client.grows(frame);
    const readers = async () => (await appliance.stream('front', 'nv12')).readers;
    assert.deepEqual(await readers(), { ...noReaders, shmsink: 3 });
    stopped.child.signal('SIGSTOP');
    killed.child.signal('SIGKILL');
    await until('one is missed', async () => (await readers()).shmsink === 2);
    // More than there is memory for.
    await brisk.grows(20 * frame);
    assert.equal((await appliance.camera('front')).state, 'live');
    stopped.child.signal('SIGCONT');
    await stopped.grows(frame);
  });

  it('has an address that no second appliance takes', { timeout: 60_000 }, async () => {
    const second = RunningAppliance.start(profile());
    await assert.rejects(second, (error: Error) => {
      assert.match(error.message, /rgb is in use, .*cameras\.front\.streams\.rgb\.shmsink/);
      return true;
    });
    assert.ok(!(await readdir(folder)).some((name) => name.endsWith('.0')));
    await using client = new GrowingFile(await shmsrc(appliance, 'rgb'), 'afterwards');
    await client.grows(1);
  });
});

describe('shmsink at run time', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teecam-test-shm-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('comes, changes its size and goes with its stream', { timeout: 120_000 }, async () => {
    const { jpeg } = streams;
    const { outputs: _, ...plain } = jpeg;
    await using appliance = await RunningAppliance.start({
      cameras: { front: { source: 'test', streams: { jpeg: plain } } },
    });
    await appliance.ready();
    const send = async (method: string, body: unknown) => {
      const path = appliance.http('/api/v1/cameras/front/streams/jpeg');
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
      assert.ok(response.ok, await response.text());
    };
    const socket = join(folder, 'jpeg');
    await send('PATCH', { outputs: jpeg.outputs, shmsink: socket });
    await using small = new GrowingFile(await shmsrc(appliance, 'jpeg'), 'small');
    await small.grows(1);

    await send('PATCH', { width: 320, height: 180 });
    await until('who expects the other size is told so', () => !small.child.running);
    const source = await shmsrc(appliance, 'jpeg');
    assert.ok(source.at(-1)?.includes('width=320'));
    await using large = new GrowingFile(source, 'large');
    await large.grows(1);

    await send('PATCH', { outputs: ['picture'], shmsink: null });
    await until('its client is sent away', () => !large.child.running);
    assert.ok(!existsSync(socket));
    assert.ok(!(await ringFiles(appliance.instance)).some((name) => name.endsWith('+shmsink')));
    assert.equal((await appliance.stream('front', 'jpeg')).addresses.shmsink, null);
  });
});

describe('an appliance with shmsink that is killed', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teecam-test-shm-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is found at the same place after its next start, and leaves nothing at its end', {
    timeout: 120_000,
  }, async () => {
    await using first = await RunningAppliance.start(profile());
    const { instance } = first;
    first.signal('SIGKILL');
    await first.end(10_000);
    assert.ok(existsSync(join(folder, 'rgb')));
    assert.ok((await ringFiles(instance)).some((name) => name.endsWith('+shmsink')));

    const { rgb: _, ...others } = profile().cameras.front.streams;
    const fewer = { cameras: { front: { source: 'test:smpte', streams: others } } };
    await using next = await RunningAppliance.start(fewer, { instance });
    await next.ready();
    await using client = new GrowingFile(await shmsrc(next, 'jpeg'), 'next');
    await client.grows(1);
    assert.ok(!(await ringFiles(instance)).some((name) => name.includes('rgb')));
    await next.stop();
    assert.deepEqual(await ringFiles(instance), []);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name !== 'rgb' && !name.endsWith('.bytes')),
      [],
    );
  });

  it('has its sockets in the runtime folder where the profile names no place', {
    timeout: 60_000,
  }, async () => {
    const { jpeg } = streams;
    const plain = { cameras: { front: { source: 'test', streams: { jpeg } } } };
    const env = { XDG_RUNTIME_DIR: folder, RUNTIME_DIRECTORY: '' };
    await using appliance = await RunningAppliance.start(plain, { env });
    const { addresses } = await appliance.stream('front', 'jpeg');
    const expected = join(folder, 'teecam', `${appliance.instance}.front.jpeg.shm`);
    assert.equal(addresses.shmsink, expected);
    assert.equal((await stat(expected)).mode & 0o777, 0o660);
    await appliance.stop();
    assert.ok(!existsSync(join(folder, 'teecam')));
  });
});
