import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PaceWatch, promisedRate } from './pace-watch.js';

/** So many frames a second for so many seconds, told each second; the last judgement. */
function run(watch: PaceWatch, at: { ns: number; captured: number }, rate: number, seconds: number) {
  let judged: ReturnType<PaceWatch['add']> = null;
  for (let i = 0; i < seconds; i++) {
    at.ns += 1e9;
    at.captured += rate;
    judged = watch.add(at.ns, at.captured);
  }
  return judged;
}

test('a source is slow below half of its promise, and again well above that', () => {
  const watch = new PaceWatch();
  const at = { ns: 0, captured: 0 };
  watch.begin(30);
  assert.equal(run(watch, at, 30, 20), null);
  assert.equal(run(watch, at, 0, 5), null, 'a pause');
  assert.equal(run(watch, at, 30, 20), null);
  assert.deepEqual(run(watch, at, 5, 15), { given: 5, promised: 30 });
  assert.deepEqual(run(watch, at, 18, 15), { given: 18, promised: 30 }, 'not much better');
  assert.equal(run(watch, at, 29, 15), null);
  assert.equal(run(watch, at, 18, 15), null);
});

test('another source has ten seconds before it is judged, and one that promises nothing never is', () => {
  const watch = new PaceWatch();
  const at = { ns: 0, captured: 0 };
  watch.begin(30);
  run(watch, at, 5, 15);
  watch.begin(30);
  assert.equal(run(watch, at, 5, 10), null);
  assert.notEqual(run(watch, at, 5, 1), null);
  watch.begin(null);
  assert.equal(run(watch, at, 0, 30), null);
});

test('a device is asked for its rate, others say what they like', () => {
  const event = { event: 'source', caps: '', width: 1, height: 1 } as const;
  assert.equal(promisedRate('v4l2:/dev/video0', { ...event, framerate: [60, 2] }), 30);
  assert.equal(promisedRate('auto', { ...event, framerate: [0, 1] }), null);
  assert.equal(promisedRate('file:clip.mp4', { ...event, framerate: [60, 2] }), null);
});
