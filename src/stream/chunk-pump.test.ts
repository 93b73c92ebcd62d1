import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { ChunkPump, TS_PACKET_BYTES } from './chunk-pump.js';

function makePump(chunkBytes: number, alignBytes?: number) {
  const clock = new FakeClock();
  const buffer = new ChunkBuffer({ maxChunks: 100, maxBytes: 1e6, clock });
  const align = alignBytes === undefined ? {} : { alignBytes };
  const pump = new ChunkPump(buffer, { chunkBytes, flushMs: 100, clock, ...align });
  const sizes = () => buffer.snapshot().map(({ data }) => data.byteLength);
  const keys = () => buffer.snapshot().map(({ key }) => key);
  return { clock, buffer, pump, sizes, keys };
}

/** Bytes that count on, so that an order that is wrong shows. */
const counting = (from: number, length: number) => Uint8Array.from({ length }, (_, at) => from + at);

describe('chunk pump', () => {
  it('C3: a chunk is full, or its time has come, whichever is first', async () => {
    const { clock, pump, sizes } = makePump(100);
    pump.write(new Uint8Array(60));
    assert.deepEqual(sizes(), []);
    pump.write(new Uint8Array(190));
    assert.deepEqual(sizes(), [100, 100]);
    await clock.advance(99);
    assert.deepEqual(sizes(), [100, 100]);
    await clock.advance(1);
    assert.deepEqual(sizes(), [100, 100, 50]);
    await clock.advance(1000);
    assert.equal(clock.pending, 0, 'no timer for nothing');
    assert.deepEqual(pump.stats, {
      bytesIn: 250,
      bytesPublished: 250,
      chunksPublished: 3,
      lastInMs: 0,
      lastPublishedMs: 100,
    });
  });

  it('C3: the time counts from the first byte that waits', async () => {
    const { clock, pump, sizes } = makePump(100);
    await clock.advance(90);
    pump.write(new Uint8Array(10));
    await clock.advance(90);
    pump.write(new Uint8Array(10));
    await clock.advance(10);
    assert.deepEqual(sizes(), [20]);
  });

  it('C3: copies: the writer may use its memory again', () => {
    const { pump, buffer } = makePump(4);
    const memory = counting(1, 4);
    pump.write(memory);
    memory.fill(0);
    pump.write(memory.fill(9));
    assert.deepEqual(
      buffer.snapshot().map(({ data }) => [...data]),
      [
        [1, 2, 3, 4],
        [9, 9, 9, 9],
      ],
    );
  });

  it('C4: chunks of a transport stream are whole packets, by size and by time', async () => {
    const { clock, pump, sizes } = makePump(1000, TS_PACKET_BYTES);
    pump.write(new Uint8Array(1200));
    assert.deepEqual(sizes(), [940]);
    await clock.advance(100);
    assert.deepEqual(sizes(), [940, 188]);
    pump.write(new Uint8Array(116));
    pump.end();
    assert.deepEqual(sizes(), [940, 188, 188]);
  });

  it('C4: a part of a packet waits for its rest, and no order is lost', async () => {
    const { clock, pump, buffer } = makePump(8, 4);
    for (let at = 0; at < 21; at += 3) {
      pump.write(counting(at, 3));
      await clock.advance(100);
    }
    const data = buffer.snapshot().flatMap((chunk) => [...chunk.data]);
    assert.deepEqual(data, [...counting(0, 20)]);
    assert.ok(buffer.snapshot().every((chunk) => chunk.data.byteLength % 4 === 0));
  });

  it('C4: refuses a chunk smaller than its alignment', () => {
    assert.throws(() => makePump(100, 188), /cannot be aligned to 188 bytes/);
  });

  it('C5: a key frame begins a chunk, and only its first chunk is marked', () => {
    const { pump, sizes, keys } = makePump(100);
    pump.write(new Uint8Array(30));
    pump.write(new Uint8Array(150), true);
    pump.write(new Uint8Array(10));
    pump.flush();
    assert.deepEqual(sizes(), [30, 100, 60]);
    assert.deepEqual(keys(), [false, true, false]);
  });

  it('C9: its end publishes what waits and closes the buffer, with its error', () => {
    const { clock, pump, buffer, sizes } = makePump(100);
    pump.write(new Uint8Array(30));
    const error = new Error('the muxer died');
    pump.end(error);
    pump.end();
    assert.deepEqual(sizes(), [30]);
    assert.deepEqual(buffer.read(2), { kind: 'closed', error });
    assert.equal(clock.pending, 0);
    assert.throws(() => pump.write(new Uint8Array(1)), /ended/);
  });

  it('C9: a buffer that was closed meanwhile gets nothing more from the timer', async () => {
    const { clock, pump, buffer, sizes } = makePump(100);
    pump.write(new Uint8Array(30));
    buffer.close();
    await clock.advance(100);
    assert.deepEqual(sizes(), []);
    assert.throws(() => pump.flush(), /closed/);
  });
});
