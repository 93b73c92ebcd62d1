/** What holds for every sequence of events, not only for those that somebody thought of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '../base/fake-clock.js';
import { type Chunk, ChunkBuffer } from './chunk-buffer.js';
import { ChunkPump } from './chunk-pump.js';
import { ACCEPT_ALL } from './filter.js';
import { type AnyMessage, heldMessages, Message } from './message.js';
import { overflowNames } from './overflow.js';
import { MessageQueue } from './queue.js';
import { packetMessage, startMessage } from './testing.js';

type Event =
  | { do: 'packet'; bytes: number; key: boolean }
  | { do: 'control'; type: 'start' | 'stop' | 'status' }
  | { do: 'take' };

const packet = fc.record({
  do: fc.constant('packet' as const),
  bytes: fc.integer({ min: 1, max: 60 }),
  key: fc.boolean(),
});
const control = fc.record({
  do: fc.constant('control' as const),
  type: fc.constantFrom('start' as const, 'stop' as const, 'status' as const),
});
const take = fc.constant({ do: 'take' as const });
const events = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: packet },
    { weight: 1, arbitrary: control },
    { weight: 3, arbitrary: take },
  ),
  { maxLength: 200 },
);
const bound = fc.integer({ min: 1, max: 300 });
const policies = fc.constantFrom(...overflowNames);

interface Trace {
  /** Sequence numbers as they came out. */
  out: number[];
  keys: Set<number>;
  freed: number[];
  sent: number;
}

/** Plays the events on a queue, checking its bound after each, and empties it at the end. */
function play(script: readonly Event[], maxBytes: number, overflow: (typeof overflowNames)[number]): Trace {
  const queue = new MessageQueue(ACCEPT_ALL, { maxBytes, overflow });
  const trace: Trace = { out: [], keys: new Set(), freed: [], sent: 0 };
  const takeOne = () => {
    const message = queue.shift();
    if (message?.type === 'packet') trace.out.push(message.data.sequence);
    message?.release();
    return message !== null;
  };
  for (const event of script) {
    if (event.do === 'take') takeOne();
    else
      queue.deliver(
        event.do === 'packet' ? frame(trace, event.bytes, event.key) : controlMessage(event.type),
      );
    const waiting = Number(queue.info()['waiting']);
    if (queue.bytes > maxBytes) assert.ok(payloads(queue) === 1, 'over its bound with more than one');
    assert.ok(waiting <= 4 * (payloads(queue) + 1), 'control messages pile up');
  }
  while (takeOne());
  assert.equal(queue.bytes, 0);
  return trace;
}

function payloads(queue: MessageQueue): number {
  return Number(queue.info()['payloads']);
}

function frame(trace: Trace, bytes: number, key: boolean): AnyMessage {
  const sequence = ++trace.sent;
  const first = sequence === 1 || key;
  if (first) trace.keys.add(sequence);
  const payload = new Uint8Array(bytes);
  const frameType = first ? 'key' : 'delta';
  return packetMessage({ payload, sequence, frameType }, () => trace.freed.push(sequence));
}

function controlMessage(type: 'start' | 'stop' | 'status'): AnyMessage {
  if (type === 'start') return startMessage();
  if (type === 'stop') return Message.create('stop', { code: 0, reason: '' });
  return Message.create('serviceStatus', 0);
}

describe('every queue', () => {
  it('Q1, Q2, Q9: keeps its order and its bound, and frees every message once', () => {
    fc.assert(
      fc.property(events, bound, policies, (script, maxBytes, overflow) => {
        const before = heldMessages();
        const { out, freed, sent } = play(script, maxBytes, overflow);
        assert.deepEqual(
          out,
          [...out].sort((a, b) => a - b),
        );
        assert.equal(new Set(freed).size, freed.length);
        assert.equal(freed.length, sent);
        assert.equal(heldMessages(), before);
      }),
      { numRuns: 1000 },
    );
  });

  it('Q6: drop-to-key-frame never gives a frame without the one that it needs', () => {
    fc.assert(
      fc.property(events, bound, (script, maxBytes) => {
        const { out, keys } = play(script, maxBytes, 'drop-to-key-frame');
        for (const [at, sequence] of out.entries()) {
          if (!keys.has(sequence))
            assert.equal(out[at - 1], sequence - 1, `${sequence} lacks ${sequence - 1}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('Q5, Q7: drop-oldest and newest always give the last payload', () => {
    fc.assert(
      fc.property(events, bound, fc.constantFrom('drop-oldest', 'newest'), (script, maxBytes, overflow) => {
        const { out, sent } = play(script, maxBytes, overflow as 'drop-oldest' | 'newest');
        if (sent > 0) assert.equal(out.at(-1), sent);
      }),
    );
  });
});

describe('every chunk buffer', () => {
  const writes = fc.array(
    fc.record({
      bytes: fc.integer({ min: 0, max: 400 }),
      key: fc.boolean(),
      waitMs: fc.integer({ min: 0, max: 60 }),
    }),
    { maxLength: 60 },
  );

  it('C1, C2: keeps its bounds and its numbers, and reads back what was published last', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 100 });
    const chunkBound = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(sizes, chunkBound, bound, (published, maxChunks, maxBytes) => {
        const buffer = new ChunkBuffer({ maxChunks, maxBytes });
        for (const [n, size] of published.entries()) {
          buffer.publish(new Uint8Array(size).fill(n), false);
          const kept = buffer.snapshot();
          const bytes = kept.reduce((sum, chunk) => sum + chunk.data.byteLength, 0);
          assert.equal(buffer.bytes, bytes);
          assert.ok(kept.length <= maxChunks && (bytes <= maxBytes || kept.length === 1));
          assert.deepEqual(
            kept.map(({ sequence, data }) => [sequence, data.length]),
            published
              .slice(n + 1 - kept.length, n + 1)
              .map((length, at) => [n + 2 - kept.length + at, length]),
          );
        }
        for (const lag of [0, 10, 100]) {
          const start = buffer.startByLag(lag);
          const behind = buffer.snapshot().filter(({ sequence }) => sequence >= start);
          assert.ok(behind.reduce((sum, chunk) => sum + chunk.data.byteLength, 0) <= lag);
        }
      }),
    );
  });

  it('C3, C4, C5: what is pumped comes out whole, in order, aligned, and soon', async () => {
    const align = fc.constantFrom(1, 4, 188);
    await fc.assert(
      fc.asyncProperty(
        writes,
        align,
        fc.integer({ min: 188, max: 1000 }),
        async (script, alignBytes, chunkBytes) => {
          const clock = new FakeClock();
          const buffer = new ChunkBuffer({ maxChunks: 10_000, maxBytes: 1e9, clock });
          const pump = new ChunkPump(buffer, { chunkBytes, flushMs: 50, alignBytes, clock });
          const written: number[] = [];
          for (const { bytes, key, waitMs } of script) {
            const data = Uint8Array.from({ length: bytes }, (_, at) => (written.length + at) % 251);
            pump.write(data, key);
            written.push(...data);
            if (waitMs > 50) {
              await clock.advance(waitMs);
              assert.ok(written.length - pumped(buffer.snapshot()).length < alignBytes, 'it waits too long');
            }
          }
          pump.end();
          const chunks = buffer.snapshot();
          const out = pumped(chunks);
          assert.deepEqual(out, written.slice(0, out.length));
          assert.ok(written.length - out.length < alignBytes);
          assert.ok(chunks.every(({ data }) => data.length % alignBytes === 0 && data.length <= chunkBytes));
        },
      ),
      { numRuns: 50 },
    );
  });
});

function pumped(chunks: readonly Chunk[]): number[] {
  return chunks.flatMap(({ data }) => [...data]);
}
