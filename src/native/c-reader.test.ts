/** The reader for C programs (teecam_ring_reader.h), compiled as its users compile it, against a real writer. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadNative } from './load.js';
import { RingRig, rawGeometry } from './testing.js';

const key = 1;
/** The limit of a wait that is expected to end by itself. */
const longMs = 20_000;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'teecam-c-'));
after(() => rmSync(folder, { recursive: true }));

const warnings = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Werror', '-O2'];
const asC = ['gcc', '-std=c11', '-Wpedantic'];
const asCpp = ['g++', '-x', 'c++', '-std=c++17'];

function compile([compiler = '', ...standard]: readonly string[], source: string, program: string): string {
  const output = path.join(folder, program);
  const places = ['-I', `${root}native/include`, '-o', output, root + source];
  execFileSync(compiler, [...standard, ...warnings, ...places], { stdio: ['ignore', 'inherit', 'inherit'] });
  return output;
}

const probePath = compile(asC, 'native/test/tool/ring_reader_probe.c', 'probe');
const showPath = compile(asC, 'clients/c/show.c', 'show');

/** One reader, which answers a line with a line. */
class Probe implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;

  private constructor(file: string, program: string) {
    this.#child = spawn(program, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  static async open(file: string, program = probePath): Promise<Probe> {
    const probe = new Probe(file, program);
    assert.equal(await probe.#answer(), 'ready');
    return probe;
  }

  ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return this.#answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  async #answer(): Promise<string> {
    const next = await this.#answers.next();
    return next.done === true ? 'no answer' : next.value;
  }
}

test('frames come in order, from the first key frame after the reader, in C and in C++', async () => {
  for (const program of [probePath, compile(asCpp, 'native/test/tool/ring_reader_probe.c', 'probe-cpp')]) {
    await using rig = new RingRig();
    await rig.write('format H264 640 360');
    await rig.write(`text ${key} old`);
    await using reader = await Probe.open(rig.path, program);
    assert.equal(rig.file.readers(), 1);
    await rig.write('text 0 undecodable');
    assert.equal(await reader.ask('next 0'), 'ETIMEDOUT');
    await rig.write(`text ${key} first`);
    await rig.write('text 0 second');
    assert.equal(await reader.ask('next 0'), 'frame 3 0 first');
    assert.equal(await reader.ask('valid'), '1');
    assert.equal(await reader.ask('next 0'), 'frame 4 0 second');
    assert.equal(await reader.ask('next 0'), 'ETIMEDOUT');
    assert.equal(await reader.ask('close'), 'closed');
    assert.equal(rig.file.readers(), 0);
    assert.equal(await reader.ask('next 0'), 'EBADF');
  }
});

test('a reader that waits is woken', async () => {
  await using rig = new RingRig(rawGeometry);
  await using reader = await Probe.open(rig.path);
  const pending = reader.ask(`next ${longMs}`);
  await rig.write(`text ${key} hello`);
  assert.equal(await pending, 'frame 1 0 hello');
});

test('every frame is read or counted as missed, and the newest is there at once', async () => {
  await using rig = new RingRig();
  await using reader = await Probe.open(rig.path);
  await rig.write(`text ${key} 1`);
  assert.equal(await reader.ask('next 0'), 'frame 1 0 1');
  await rig.write('count 100 0');
  // The ring has 16 frames: those before were overwritten.
  for (let number = 85; number <= 100; number++) {
    assert.equal(await reader.ask('next 0'), `frame ${number + 1} ${number === 85 ? 84 : 0} frame ${number}`);
  }
  assert.equal(await reader.ask('missed'), '84');
  await rig.write('count 3 0');
  assert.equal(await reader.ask('latest 0'), 'frame 104 2 frame 3');
});

test('a writer that was killed and replaced leaves no gap', async () => {
  await using rig = new RingRig();
  await using reader = await Probe.open(rig.path);
  await rig.write(`text ${key} one`);
  assert.equal(await reader.ask('next 0'), 'frame 1 0 one');
  await rig.killWriter();
  const pending = reader.ask(`next ${longMs}`);
  await rig.write(`text ${key} two`);
  assert.equal(await pending, 'frame 2 0 two');
  assert.equal(await reader.ask('reopened'), '0');
});

test('a ring under the same name is followed, its numbers go on', async () => {
  await using rig = new RingRig();
  await using reader = await Probe.open(rig.path);
  await rig.write(`text ${key} one`);
  assert.equal(await reader.ask('next 0'), 'frame 1 0 one');
  unlinkSync(rig.path);
  assert.equal(rig.file.republish(), true);
  const pending = reader.ask(`next ${longMs}`);
  await rig.write(`text ${key} two`);
  assert.equal(await pending, 'frame 2 0 two');
  assert.equal(await reader.ask('reopened'), '1');
  assert.equal(await reader.ask('valid'), '1');
});

test('a ring under the same name may lie behind what was read, or begin anew', async () => {
  await using rig = new RingRig();
  await using reader = await Probe.open(rig.path);
  await rig.write(`text ${key} one`);
  await rig.write(`text ${key} two`);
  assert.equal(await reader.ask('latest 0'), 'frame 2 0 two');
  unlinkSync(rig.path);
  rig.file.republish();
  // As if the second frame had come between the copy of the head and the name.
  const file = openSync(rig.path, 'r+');
  writeSync(file, Buffer.from([1]), 0, 1, 256);
  closeSync(file);
  assert.equal(await reader.ask('next 0'), 'ETIMEDOUT');
  await rig.write(`text ${key} three`);
  assert.equal(await reader.ask('next 0'), 'frame 3 0 three');

  await rig.killWriter();
  unlinkSync(rig.path);
  const anew = loadNative().createRing(rig.path, rig.options());
  try {
    await rig.write(`text ${key} one`);
    await rig.write(`text ${key} two`);
    assert.equal(await reader.ask(`next ${longMs}`), 'frame 2 0 two');
  } finally {
    anew.close();
  }
});

test('what was not read yet can be read after the end', async () => {
  await using rig = new RingRig();
  await using reader = await Probe.open(rig.path);
  await rig.write(`text ${key} last`);
  rig.file.close();
  assert.equal(await reader.ask(`next ${longMs}`), 'frame 1 0 last');
  assert.equal(await reader.ask(`next ${longMs}`), 'ENODATA');
  assert.equal((await reader.ask('state')).trim(), '3');
});

test('state and reason are told', async () => {
  await using rig = new RingRig();
  await rig.write('state slate no-device');
  await using reader = await Probe.open(rig.path);
  assert.equal(await reader.ask('state'), '2 no-device');
  assert.equal(await reader.ask('next 20'), 'ETIMEDOUT');
});

test('a frame whose memory was taken is not valid', async () => {
  await using rig = new RingRig(rawGeometry);
  await using reader = await Probe.open(rig.path);
  for (const text of ['a', 'b', 'c', 'd']) await rig.write(`text ${key} ${text}`);
  assert.equal(await reader.ask('latest 0'), 'frame 4 0 d');
  assert.equal(await reader.ask('valid'), '1');
  for (let slot = 0; slot < 4; slot++) await rig.write('take');
  assert.equal(await reader.ask('valid'), '0');
});

test('what is no ring is refused', async () => {
  await using rig = new RingRig();
  const good = readFileSync(rig.path);
  const file = path.join(folder, 'damaged');
  const refused = (bytes: Buffer, name: string) => {
    writeFileSync(file, bytes);
    const { stdout, status } = spawnSync(probePath, [file], { encoding: 'utf8' });
    assert.deepEqual([stdout, status], [`${name}\n`, 1]);
  };
  const changes: [number, number[], string][] = [
    [0, [0x58], 'EBADMSG'], // magic
    [8, [2], 'EPROTONOSUPPORT'], // version
    [16, [255, 255, 255, 255, 255, 255, 255, 255], 'EBADMSG'], // file size
    [24, [3], 'EBADMSG'], // number of frames
    [24, [0, 0, 0, 128], 'EBADMSG'],
    [28, [8], 'EBADMSG'], // size of a descriptor
    [40, [0, 0, 1], 'EBADMSG'], // where the frames begin
    [48, [1, 1, 1, 1], 'EBADMSG'], // bytes of the frames
  ];
  for (const [offset, bytes, name] of changes) {
    const bad = Buffer.from(good);
    bad.set(bytes, offset);
    refused(bad, name);
  }
  refused(good.subarray(0, 100), 'EBADMSG');
  refused(good.subarray(0, 8192), 'EBADMSG'); // shorter than it says
  rmSync(file);
  assert.equal(spawnSync(probePath, [file], { encoding: 'utf8' }).stdout, 'ENOENT\n');
});

test('a descriptor that points outside the file gives no frame', async () => {
  await using rig = new RingRig();
  await rig.write(`text ${key} inside`);
  const bytes = readFileSync(rig.path);
  const descriptor = 4096 + 256; // of frame 1
  // A picture of now, so that it would be the first frame of a reader; then with a size past the end.
  bytes.write('MJPG', descriptor + 84, 'latin1');
  bytes.writeBigInt64LE(process.hrtime.bigint(), descriptor + 16);
  bytes.writeBigInt64LE(10n ** 15n, descriptor + 32);
  const file = path.join(folder, 'outside');
  writeFileSync(file, bytes);
  {
    await using reader = await Probe.open(file);
    assert.equal(await reader.ask('next 0'), 'frame 1 0 inside');
  }
  for (const at of [64, 72]) {
    const bad = Buffer.from(bytes);
    bad.writeBigUInt64LE(2n ** 64n - 8n, descriptor + at);
    writeFileSync(file, bad);
    await using reader = await Probe.open(file);
    assert.equal(await reader.ask('next 0'), 'ETIMEDOUT', String(at));
  }
});

test('the example prints a line for each frame, and ends with the stream', async () => {
  // Room for all that may be written until a busy machine runs the reader.
  await using rig = new RingRig({ frameCount: 4096, slotCount: 0, slotSize: 0, arenaSize: 1 << 20 });
  const child = spawn(showPath, ['-i', rig.instance, 'front', 'high'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const exited = once(child, 'exit');
  await rig.write('format MJPG 64 48');
  const shown: string[] = [];
  const first = lines.next();
  while (shown.length === 0) {
    await rig.write('count 1 0');
    const line = await Promise.race([first, delay(20, null)]);
    if (line !== null) shown.push(String(line.value));
  }
  const last = await rig.write('count 5 2000');
  while (!shown.at(-1)?.startsWith(`${last} `)) shown.push(String((await lines.next()).value));
  const numbers = shown.map((line) => Number(line.split(' ')[0]));
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => (numbers[0] ?? 0) + i),
  );
  assert.match(shown[0] ?? '', /^\d+ MJPG 64x48 7 bytes, -?\d+\.\d ms old, 0 missed, key/);
  rig.file.close();
  assert.deepEqual(await exited, [0, null]);
});

test('the example writes the newest frame as a picture, and says what is wrong', async () => {
  await using rig = new RingRig(rawGeometry);
  const output = path.join(folder, 'picture');
  const frame = path.join(folder, 'frame');
  const picture = async (fourcc: string, planes: string, bytes: number[]) => {
    await rig.write(`format ${fourcc} 2 2`);
    writeFileSync(frame, Buffer.from(bytes));
    const child = spawn(showPath, ['-i', rig.instance, '-o', output, 'front', 'high'], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    // Until it has come, and seen a frame that is newer than itself.
    while (child.exitCode === null) {
      await rig.write(`file ${key} ${planes} ${frame}`);
      await delay(5);
    }
    assert.deepEqual(await exited, [0, null]);
    return readFileSync(output);
  };
  const ppm = Buffer.concat([
    Buffer.from('P6 2 2 255\n'),
    Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  ]);
  assert.deepEqual(await picture('BG24', '0:8', [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0]), ppm);
  assert.deepEqual(await picture('RG24', '0:6', [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]), ppm);
  const pgm = Buffer.concat([Buffer.from('P5 2 2 255\n'), Buffer.from([1, 2, 3, 4])]);
  assert.deepEqual(await picture('NV12', '0:2,4:2', [1, 2, 3, 4, 128, 128]), pgm);
  assert.deepEqual(await picture('YUYV', '0:4', [1, 128, 2, 128, 3, 128, 4, 128]), pgm);

  const { stderr, status } = spawnSync(showPath, ['front', `none-${process.pid}`], { encoding: 'utf8' });
  assert.match(stderr, /there is no such ring/);
  assert.equal(status, 1);
  assert.equal(spawnSync(showPath, ['front']).status, 2);
});
