import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.js';

const MOST_LATE_MS = 50;

/** What one wants to send, when it comes, and how late its sender is woken. */
const piece = fc.record({
  cost: fc.integer({ min: 0, max: 1000 }),
  afterMs: fc.integer({ min: 0, max: 1500 }),
  lateMs: fc.integer({ min: 0, max: MOST_LATE_MS }),
});
const rates = fc.constantFrom(0.25, 1, 3);
const capacities = fc.integer({ min: 0, max: 3000 });

interface Sent {
  cost: number;
  atMs: number;
}

/** Each goes when what went before it is paid for. */
function send(pieces: readonly { cost: number; afterMs: number; lateMs: number }[], bucket: TokenBucket) {
  const sent: Sent[] = [];
  let now = 0;
  for (const { cost, afterMs, lateMs } of pieces) {
    now += afterMs;
    bucket.spend(sent.at(-1)?.cost ?? 0);
    const owedMs = bucket.owedMs(now);
    if (owedMs > 0) now += owedMs + lateMs;
    sent.push({ cost, atMs: now });
  }
  return sent;
}

describe('a token bucket', () => {
  it('lets no more go, in any window, than the burst and what has grown, and the last piece', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), rates, capacities, (pieces, rate, capacity) => {
        const bucket = new TokenBucket(capacity, 0);
        bucket.rate = rate;
        const sent = send(pieces, bucket);
        sent.forEach((first, from) => {
          let paid = 0;
          for (const { cost, atMs } of sent.slice(from)) {
            // A sender that was woken late may send as much as it should have sent by then.
            const grownMs = atMs - first.atMs + MOST_LATE_MS;
            assert.ok(paid <= capacity + rate * grownMs + 1e-6, `${paid} at ${atMs}`);
            paid += cost;
          }
        });
      }),
    );
  });

  it('never holds back what can be paid', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), rates, capacities, (pieces, rate, capacity) => {
        const bucket = new TokenBucket(capacity, 0);
        bucket.rate = rate;
        let now = 0;
        for (const { cost, afterMs } of pieces) {
          now += afterMs;
          bucket.spend(cost);
          const owedMs = bucket.owedMs(now);
          assert.ok(owedMs <= cost / rate + 1e-6, `${owedMs} for ${cost}`);
          now += owedMs;
        }
      }),
    );
  });

  it('is exact over a long time, and loses neither debt nor the lateness of whoever is woken', () => {
    const bucket = new TokenBucket(0, 0);
    bucket.rate = 0.3;
    let now = 0;
    for (let piece = 0; piece < 1_000_000; piece++) {
      bucket.spend(7);
      now += bucket.owedMs(now) + (piece % 5);
    }
    bucket.spend(0);
    const endMs = now + bucket.owedMs(now);
    assert.ok(Math.abs(endMs - 7_000_000 / 0.3) < 5, `${endMs}`);
  });

  it('keeps no more than its bound', () => {
    const bucket = new TokenBucket(100, 0);
    assert.equal(bucket.owedMs(1_000_000), 0);
    bucket.spend(130);
    assert.equal(bucket.owedMs(1_000_000), 30);
  });
});
