import assert from 'node:assert/strict';
import { rmSync, unlinkSync } from 'node:fs';
import { test } from 'node:test';
import { codeOf } from '../base/error.js';
import { loadNative } from './load.js';
import { Ring, type RingFrame } from './ring.js';
import { RingRig, rawGeometry } from './testing.js';

const key = 1;

async function take(ring: Ring, count: number): Promise<string[]> {
  const texts: string[] = [];
  for await (using frame of ring) {
    texts.push(frame.data.toString());
    if (texts.length === count) break;
  }
  return texts;
}

test('frames come in order, from the first key frame after the reader', async () => {
  await using rig = new RingRig();
  await rig.write('format H264 640 360');
  await rig.write(`text ${key} old`);
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  assert.equal(rig.file.readers(), 1);
  await rig.write('text 0 undecodable');
  await rig.write(`text ${key} first`);
  const taken = take(ring, 2);
  await rig.write('text 0 second');
  assert.deepEqual(await taken, ['first', 'second']);
  assert.equal(ring.info.fourcc, 'H264');
  assert.equal(ring.info.width, 640);
  assert.equal(ring.missed, 0);
});

test('a reader that waits is woken, and its frames are young', async () => {
  await using rig = new RingRig(rawGeometry);
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  const pending = ring.latest();
  await rig.write(`text ${key} hello`);
  using frame = await pending;
  assert(frame !== null);
  assert.equal(frame.data.toString(), 'hello');
  assert(frame.ageMs >= 0 && frame.ageMs < 2000, String(frame.ageMs));
  assert.equal(frame.info.sequence, 1);
  assert.equal(frame.info.key, true);
});

test('every frame is read or counted as missed', async () => {
  await using rig = new RingRig();
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.write(`text ${key} 1`);
  assert.deepEqual(await take(ring, 1), ['1']);
  await rig.write('count 100 0');
  const taken = await take(ring, 16);
  assert.equal(taken.at(-1), 'frame 100');
  assert.equal(ring.missed, 100 - 16);
  using newest = await Promise.all([ring.latest(), rig.write(`text ${key} 2`)]).then(([frame]) => frame);
  assert.equal(newest?.missed, 0);
});

test('the memory of a released frame is used again, and its data cannot be had any more', async () => {
  await using rig = new RingRig();
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.write(`text ${key} one`);
  const first = (await ring.latest()) as RingFrame;
  const memory = first.data.buffer;
  first.release();
  first.release();
  assert.throws(() => first.data, { code: 'closed' });
  await rig.write(`text ${key} two`);
  using second = await ring.latest();
  assert.equal(second?.data.buffer, memory);
});

test('a killed writer and its successor are only a pause', async () => {
  await using rig = new RingRig();
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.write(`text ${key} one`);
  assert.deepEqual(await take(ring, 1), ['one']);
  await rig.killWriter();
  await rig.write(`text ${key} two`);
  using frame = await ring.latest();
  assert.equal(frame?.info.discontinuity, true);
  assert.equal(frame?.info.sequence, 2);
  assert.equal(ring.info.generation, 2);
});

test('a ring that lost its name is published again, and readers follow', async () => {
  await using rig = new RingRig();
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.write(`text ${key} one`);
  assert.deepEqual(await take(ring, 1), ['one']);
  rmSync(rig.path);
  assert.equal(rig.file.republish(), true);
  await rig.write(`text ${key} two`);
  using frame = await ring.latest();
  assert.equal(frame?.data.toString(), 'two');
  assert.equal(ring.reopened, 1);
});

test('a ring whose numbers begin anew is read from its beginning', async () => {
  await using rig = new RingRig();
  await rig.write('count 50 0');
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.killWriter();
  unlinkSync(rig.path);
  const anew = loadNative().createRing(rig.path, rig.options());
  try {
    const pending = ring.latest();
    await rig.write(`text ${key} one`);
    using frame = await pending;
    assert.equal(frame?.data.toString(), 'one');
    assert.equal(frame?.info.sequence, 1);
  } finally {
    anew.close();
  }
});

test('the loop ends with the ring, after its last frame', async () => {
  await using rig = new RingRig();
  using ring = Ring.open('front', 'high', { instance: rig.instance });
  await rig.write(`text ${key} last`);
  rig.file.close();
  assert.deepEqual(await take(ring, 5), ['last']);
  assert.equal(await ring.latest(), null);
});

test('closing ends what is waiting; afterwards it says so', async () => {
  await using rig = new RingRig();
  const ring = Ring.open('front', 'high', { instance: rig.instance });
  const pending = ring.latest();
  ring.close();
  ring.close();
  assert.equal(await pending, null);
  assert.deepEqual(await take(ring, 1), []);
  assert.throws(() => ring.info, { code: 'closed' });
  assert.equal(rig.file.readers(), 0);
});

test('a stream that does not exist is an error in words', () => {
  assert.throws(() => Ring.open('front', 'high', { instance: 'nobody' }), {
    code: 'not-found',
    message: /is Teecam running/,
  });
});

test('the error of a damaged ring has a code', async () => {
  await using rig = new RingRig();
  const { writeFileSync } = await import('node:fs');
  rig.file.close();
  writeFileSync(rig.path, 'nonsense');
  try {
    Ring.open('front', 'high', { instance: rig.instance });
    assert.fail('it opened');
  } catch (error) {
    assert.equal(codeOf(error), 'ring-unusable');
  }
});
