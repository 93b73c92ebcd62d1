import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, settled } from '../base/fake-clock.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { ChunkReader, type ChunkReaderOptions } from './chunk-reader.js';

function makeBuffer(maxChunks = 4, maxBytes = 100) {
  const clock = new FakeClock();
  return { clock, buffer: new ChunkBuffer({ maxChunks, maxBytes, clock }) };
}

const bytes = (length: number) => new Uint8Array(length);
const kept = (buffer: ChunkBuffer) => buffer.snapshot().map(({ sequence }) => sequence);

describe('chunk buffer', () => {
  it('C1: is bounded in chunks and in bytes; the oldest go first', () => {
    const { buffer } = makeBuffer();
    for (let n = 0; n < 6; n++) buffer.publish(bytes(10), false);
    assert.deepEqual(kept(buffer), [3, 4, 5, 6]);
    buffer.publish(bytes(75), false);
    assert.deepEqual(kept(buffer), [5, 6, 7]);
    assert.equal(buffer.bytes, 95);
  });

  it('C1: the newest chunk stays, however large', () => {
    const { buffer } = makeBuffer();
    buffer.publish(bytes(10), false);
    buffer.publish(bytes(1000), false);
    assert.deepEqual(kept(buffer), [2]);
  });

  it('C1: refuses bounds that leave no room', () => {
    assert.throws(() => makeBuffer(0, 100), /at least one chunk/);
    assert.throws(() => makeBuffer(4, Number.NaN), /at least one chunk/);
  });

  it('C2: numbers chunks from 1 without gaps, and knows where each begins', async () => {
    const { buffer, clock } = makeBuffer();
    buffer.publish(bytes(10), true);
    await clock.advance(40);
    buffer.publish(bytes(20), false);
    assert.deepEqual(
      buffer.snapshot().map(({ data: _, ...rest }) => rest),
      [
        { sequence: 1, offset: 0, publishedMs: 0, key: true, captureNs: null },
        { sequence: 2, offset: 10, publishedMs: 40, key: false, captureNs: null },
      ],
    );
    assert.deepEqual([buffer.next, buffer.offsetOf(2), buffer.offsetOf(3)], [3, 10, 30]);
  });

  it('C6: says where to begin: live, so many bytes behind, at the newest key frame', () => {
    const { buffer } = makeBuffer(10, 1000);
    assert.equal(buffer.startAtKey(), null);
    assert.equal(buffer.startByLag(1000), 1);
    for (let n = 1; n <= 6; n++) buffer.publish(bytes(10), n % 3 === 1);
    assert.equal(buffer.startAtKey(), 4);
    assert.deepEqual(
      [0, 9, 10, 25, 60, 1000].map((lag) => buffer.startByLag(lag)),
      [7, 7, 6, 5, 1, 1],
    );
  });

  it('C7: what is gone is told as lagged, with how much', () => {
    const { buffer } = makeBuffer();
    for (let n = 0; n < 7; n++) buffer.publish(bytes(10), false);
    assert.deepEqual(buffer.read(2), { kind: 'lagged', missed: 2, oldest: 4 });
    const result = buffer.read(4, 25);
    assert.deepEqual(result.kind === 'chunks' && [result.chunks.length, result.next], [2, 6]);
    const one = buffer.read(4, 1);
    assert.equal(one.kind === 'chunks' && one.chunks.length, 1, 'one at least');
    assert.deepEqual(buffer.read(8), { kind: 'none' });
  });

  it('C8: wakes who waits when there is something, and only then', async () => {
    const { buffer } = makeBuffer();
    let woken = 0;
    const waits = [1, 1, 2].map((from) => buffer.waitForChange(from).then(() => woken++));
    await settled();
    assert.equal(woken, 0);
    buffer.publish(bytes(1), false);
    await settled();
    assert.equal(woken, 2);
    buffer.close();
    await Promise.all(waits);
    assert.equal(buffer.info()['waiting'], 0);
    await buffer.waitForChange(100);
  });

  it('C8: waiting can be given up', async () => {
    const { buffer } = makeBuffer();
    const giveUp = new AbortController();
    const waiting = buffer.waitForChange(1, giveUp.signal);
    giveUp.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    assert.equal(buffer.info()['waiting'], 0);
    await assert.rejects(buffer.waitForChange(1, giveUp.signal), /enough/);
  });

  it('C9: closed, it gives what it keeps, then its end, and takes nothing', () => {
    const { buffer } = makeBuffer();
    buffer.publish(bytes(10), false);
    const error = new Error('the muxer died');
    buffer.close(error);
    buffer.close();
    assert.equal(buffer.read(1).kind, 'chunks');
    assert.deepEqual(buffer.read(2), { kind: 'closed', error });
    assert.throws(() => buffer.publish(bytes(1), false), /closed/);
  });

  it("C10: a snapshot does not change, and its bytes outlive the buffer's", () => {
    const { buffer } = makeBuffer(2);
    buffer.publish(Uint8Array.of(1), false);
    const snapshot = buffer.snapshot();
    for (let n = 2; n < 9; n++) buffer.publish(Uint8Array.of(n), false);
    assert.equal(snapshot.length, 1);
    assert.deepEqual(snapshot[0]?.data, Uint8Array.of(1));
  });
});

describe('chunk reader', () => {
  const reader = (buffer: ChunkBuffer, options: Partial<ChunkReaderOptions> = {}) =>
    new ChunkReader(buffer, { start: { at: 'live' }, whenBehind: 'skip', ...options });

  async function take(from: ChunkReader, count: number): Promise<number[]> {
    const taken: number[] = [];
    while (taken.length < count) {
      const { value } = await from.next();
      if (!value) break;
      taken.push(value.sequence);
    }
    return taken;
  }

  it('C6: begins live, behind, at the newest key frame, or at the next one', async () => {
    const { buffer } = makeBuffer(10, 1000);
    const early = reader(buffer, { start: { at: 'key' } });
    buffer.publish(bytes(10), false);
    for (let n = 2; n <= 5; n++) buffer.publish(bytes(10), n % 2 === 0);
    const live = reader(buffer);
    const behind = reader(buffer, { start: { at: 'lag', bytes: 30 } });
    const key = reader(buffer, { start: { at: 'key' } });
    buffer.publish(bytes(10), false);
    buffer.close();
    assert.deepEqual(await take(early, 9), [2, 3, 4, 5, 6]);
    assert.deepEqual(await take(live, 9), [6]);
    assert.deepEqual(await take(behind, 9), [3, 4, 5, 6]);
    assert.deepEqual(await take(key, 9), [4, 5, 6]);
  });

  it('C6: begins at the next key frame when the newest is older than it wants', async () => {
    const { buffer, clock } = makeBuffer(10, 1000);
    buffer.publish(bytes(10), true);
    await clock.advance(100);
    const content = reader(buffer, { start: { at: 'key', maxAgeMs: 100 } });
    const choosy = reader(buffer, { start: { at: 'key', maxAgeMs: 99 } });
    for (const key of [false, true]) buffer.publish(bytes(10), key);
    buffer.close();
    assert.deepEqual(await take(content, 9), [1, 2, 3]);
    assert.deepEqual(await take(choosy, 9), [3]);
  });

  it('C7: skip: goes on where a new reader would start, and counts what it missed', async () => {
    const { buffer } = makeBuffer(4, 1000);
    const slow = reader(buffer, { start: { at: 'key' } });
    buffer.publish(bytes(10), true);
    assert.deepEqual(await take(slow, 1), [1]);
    for (let n = 2; n <= 9; n++) buffer.publish(bytes(10), n === 3 || n === 8);
    assert.deepEqual(await take(slow, 2), [8, 9]);
    assert.deepEqual(slow.lagged, { times: 1, chunks: 6, bytes: 60 });
  });

  it('C7: skip: when no key frame is kept, it waits for the next one', async () => {
    const { buffer } = makeBuffer(2, 1000);
    const slow = reader(buffer, { start: { at: 'key' } });
    buffer.publish(bytes(10), true);
    assert.deepEqual(await take(slow, 1), [1]);
    for (let n = 2; n <= 5; n++) buffer.publish(bytes(10), false);
    const next = take(slow, 1);
    await settled();
    buffer.publish(bytes(10), false);
    buffer.publish(bytes(10), true);
    assert.deepEqual(await next, [7]);
    assert.deepEqual(slow.lagged, { times: 1, chunks: 5, bytes: 50 });
  });

  it('C7: disconnect: ends with the error lagged', async () => {
    const { buffer } = makeBuffer(2, 1000);
    const slow = reader(buffer, { whenBehind: 'disconnect' });
    for (let n = 1; n <= 5; n++) buffer.publish(bytes(10), false);
    await assert.rejects(slow.next(), { code: 'lagged', details: { missed: 3 } });
    assert.deepEqual(await slow.next(), { done: true, value: undefined });
  });

  it('C9: reads what is kept, then gets the error that it was closed with', async () => {
    const { buffer } = makeBuffer();
    const one = reader(buffer);
    const other = reader(buffer);
    buffer.publish(bytes(10), false);
    buffer.close(new Error('the muxer died'));
    assert.deepEqual(await take(one, 1), [1]);
    await assert.rejects(one.next(), /the muxer died/);
    assert.deepEqual(await take(other, 1), [1]);
  });

  it('C11: neither the publisher nor other readers wait for one that does not read', async () => {
    const { buffer } = makeBuffer(4, 1000);
    const stuck = reader(buffer);
    const quick = reader(buffer);
    const seen: number[] = [];
    for (let n = 1; n <= 100; n++) {
      buffer.publish(bytes(10), false);
      seen.push(...(await take(quick, 1)));
    }
    assert.equal(seen.length, 100);
    assert.deepEqual(quick.lagged, { times: 0, chunks: 0, bytes: 0 });
    assert.equal(buffer.bytes, 40);
    buffer.close();
    assert.deepEqual(await take(stuck, 1), []);
    assert.equal(stuck.lagged.times, 1);
  });

  it('C8: leaving the loop, closing and a signal end it, also while it waits', async () => {
    const { buffer } = makeBuffer();
    const left = reader(buffer);
    buffer.publish(bytes(10), false);
    for await (const _ of left) break;
    assert.equal((await left.next()).done, true);

    const closed = reader(buffer);
    const waiting = closed.next();
    await settled();
    closed.close();
    assert.equal((await waiting).done, true);

    const giveUp = new AbortController();
    const aborted = reader(buffer, { signal: giveUp.signal }).next();
    await settled();
    giveUp.abort(new Error('the client is gone'));
    await assert.rejects(aborted, /the client is gone/);
    assert.equal(buffer.info()['waiting'], 0);
  });
});
