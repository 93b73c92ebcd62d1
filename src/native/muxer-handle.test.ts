/** The native handle of a muxer: wrong types, wrong times, and an environment that ends before it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { loadNative } from './load.js';
import type { MuxerOptions } from './port.js';
import { RingRig } from './testing.js';

const native = loadNative();
const loader = new URL('./load.js', import.meta.url).href;

function options(rig: RingRig): MuxerOptions {
  return { ring: rig.path, container: 'ts', maxWaitingBytes: 100_000 };
}

test('a muxer wakes once, gives chunks of whole packets, and tells the end', async () => {
  await using rig = new RingRig();
  let told: () => void = () => {};
  let wakes = 0;
  const woken = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  const muxer = native.createMuxer(options(rig), () => {
    wakes += 1;
    told();
  });
  assert.equal(rig.file.readers(), 1);
  const first = woken();
  await rig.write('text 1 key');
  await first;
  const { chunks, ended } = muxer.take();
  const [chunk] = chunks;
  assert.deepEqual([chunks.length, ended, wakes], [1, false, 1]);
  assert.ok(chunk?.key && chunk.header === null && chunk.captureNs > 0);
  assert.deepEqual([chunk.data.byteLength % 188, chunk.data[0]], [0, 0x47]);
  assert.ok(chunk.data.includes('key'));
  assert.deepEqual(muxer.stats(), { frames: 1, dropped: 0 });
  muxer.requestKeyFrame();

  const last = woken();
  rig.file.close();
  await last;
  assert.deepEqual(muxer.take(), { chunks: [], ended: true });
  muxer.close();
});

test('a muxer refuses wrong options, and a ring that is not there', async () => {
  await using rig = new RingRig();
  const good = options(rig);
  const wrong: unknown[] = [null, {}, { ...good, container: 'avi' }, { ...good, maxWaitingBytes: -1 }];
  for (const one of wrong) assert.throws(() => native.createMuxer(one as MuxerOptions, () => {}), TypeError);
  assert.throws(() => native.createMuxer(good, 'no function' as unknown as () => void), TypeError);
  assert.throws(() => native.createMuxer({ ...good, ring: `${rig.path}2` }, () => {}), { code: 'not-found' });
  assert.equal(rig.file.readers(), 0);
});

test('a muxer that is closed is not there any more, and calls nobody', async () => {
  await using rig = new RingRig();
  let wakes = 0;
  const muxer = native.createMuxer(options(rig), () => {
    wakes += 1;
  });
  await rig.write('text 1 key');
  const before = wakes;
  muxer.close();
  muxer.close();
  assert.equal(rig.file.readers(), 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(wakes, before);
  for (const use of [() => muxer.take(), () => muxer.stats(), () => muxer.requestKeyFrame()])
    assert.throws(use, { code: 'closed' });
});

test('a thread of JavaScript may end while its muxer runs', async () => {
  await using rig = new RingRig();
  await rig.write('text 1 key');
  for (let round = 0; round < 10; round++) {
    const source = `
      const { workerData, parentPort } = require('node:worker_threads');
      import(${JSON.stringify(loader)}).then(({ loadNative }) => {
        globalThis.muxer = loadNative().createMuxer(workerData, () => parentPort.postMessage('woken'));
        parentPort.postMessage('open');
      });`;
    const worker = new Worker(source, { eval: true, workerData: options(rig) });
    await new Promise((resolve) => worker.once('message', resolve));
    await rig.write('text 1 key');
    await worker.terminate();
  }
  assert.equal(rig.file.readers(), 0);
});
