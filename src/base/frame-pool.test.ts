import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramePool } from './frame-pool.js';

test('memory that was given back is used again, until frames grow', () => {
  const pool = new FramePool();
  const first = pool.take();
  assert.notEqual(pool.take(), first);
  pool.give(first);
  assert.equal(pool.take(), first);
  pool.grow(first.length + 1);
  pool.give(first);
  const larger = pool.take();
  assert.notEqual(larger, first);
  assert.ok(larger.length > first.length);
});

test('a small frame moves to memory of its size, and leaves the large one to the next', () => {
  const pool = new FramePool();
  const large = pool.take();
  large.set([1, 2, 3]);
  const fitted = pool.fit(large, 2500);
  assert.equal(fitted.length, 4096);
  assert.deepEqual([...fitted.subarray(0, 3)], [1, 2, 3]);
  assert.equal(pool.take(), large);
  pool.give(fitted);
  assert.equal(pool.fit(large, 3000), fitted);
});

test('what waits holds at most twice its bytes; a frame that fills its memory stays where it is', () => {
  const pool = new FramePool();
  pool.grow(300_000);
  for (const length of [1024, 2000, 60_000, 100_000, 131_072, 250_000, 300_000]) {
    const buffer = pool.take();
    const held = pool.fit(buffer, length);
    assert.ok(held.length >= length && held.length <= 2 * length, `${length}`);
  }
  const full = pool.take();
  assert.equal(pool.fit(full, full.length), full);
});
