import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CameraStats } from './camera-stats.js';
import type { StatsEvent } from './messages.js';
import { statsEvent } from './testing.js';

const at = (second: number, network: StatsEvent['network']) => statsEvent({ atNs: second * 1e9, network });

const received = (second: number, outOfOrder = 0) => ({
  bytes: second * 500_000,
  segments: second * 400,
  outOfOrder,
  roundTripNs: 3e6,
});

test('a network is told by its bits, its losses and its round trip of the last two seconds', () => {
  const stats = new CameraStats();
  assert.equal(stats.network, null);
  stats.add(at(1, null));
  assert.equal(stats.network, null);
  stats.add(at(2, received(2)));
  stats.add(at(3, received(3)));
  assert.deepEqual(stats.network, { bitrateBps: 4e6, lossRatio: 0, roundTripNs: 3e6 });
  stats.add(at(4, received(4, 8)));
  assert.deepEqual(stats.network, { bitrateBps: 4e6, lossRatio: 0.01, roundTripNs: 3e6 });
});

test('a new connection counts from nothing, and none is none', () => {
  const stats = new CameraStats();
  stats.add(at(10, received(10, 5)));
  stats.add(at(11, received(1)));
  assert.deepEqual(stats.network, { bitrateBps: 0, lossRatio: 0, roundTripNs: 3e6 });
  stats.add(at(12, null));
  assert.equal(stats.network, null);
  stats.add(at(13, received(3)));
  stats.coreEnded();
  assert.equal(stats.network, null);
});

test('keys are counted over all cores, also where one ends while it is not connected', () => {
  const stats = new CameraStats();
  const keyEpochAfter = (keyEpoch: number | null) => {
    const protection = keyEpoch === null ? null : { version: '1.3', cipher: 'C', keyEpoch };
    stats.add(statsEvent({ protection }));
    return stats.protection?.keyEpoch ?? null;
  };
  assert.equal(stats.protection, null);
  assert.equal(keyEpochAfter(2), 2);
  assert.equal(keyEpochAfter(null), null);
  stats.coreEnded();
  assert.equal(keyEpochAfter(1), 3);
  assert.deepEqual(stats.protection, { protocol: 'tls', version: '1.3', cipher: 'C', keyEpoch: 3 });
});
