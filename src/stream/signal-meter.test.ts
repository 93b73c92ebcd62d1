import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component, Packet, SignalStatus } from './message.js';
import { SignalMeter } from './signal-meter.js';
import { jpegComponent, testPacket } from './testing.js';

const frameNs = 1e9 / 30;

/** Packets at these times, in frame periods, and the last status that they gave. */
function measure(periods: readonly number[], change: (n: number) => Partial<Packet> = () => ({})) {
  const meter = new SignalMeter();
  let last: SignalStatus | null = null;
  for (const [n, period] of periods.entries()) {
    last = meter.add(testPacket({ sequence: n + 1, ptsNs: 5e9 + period * frameNs, ...change(n) })) ?? last;
  }
  return last;
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const near = (value: number | undefined, wanted: number, within: number) =>
  assert.ok(Math.abs((value ?? Number.NaN) - wanted) <= within, `${value} is not ${wanted}`);

test('an even source: its rate, its bits, no jitter, nothing lost', () => {
  const status = measure(upTo(61));
  near(status?.framerate, 30, 0.001);
  near(status?.bitrateBps, 100 * 8 * 30, 1);
  near(status?.jitterNs, 0, 1);
  assert.deepEqual(
    [status?.nominalFramerate, status?.frames, status?.lost, status?.corrupted, status?.slates],
    [30, 60, 0, 0, 0],
  );
});

test('no status before a second has passed', () => {
  assert.equal(measure(upTo(30)), null);
  assert.notEqual(measure(upTo(31)), null);
});

test('frames that should have been captured between others are lost, and no jitter', () => {
  const missing = new Set([7, 8, 20]);
  const periods = upTo(62).filter((n) => !missing.has(n));
  const status = measure(periods);
  assert.equal(status?.lost, 3);
  near(status?.jitterNs, 0, 1);
});

test('frames that the reader skipped were captured all the same', () => {
  const periods = upTo(62).filter((n) => n % 3 !== 1);
  const status = measure(periods, (n) => ({ sequence: (periods[n] ?? 0) + 1 }));
  assert.equal(status?.lost, 0);
  near(status?.framerate, 30, 0.6);
});

test('jitter is the mean distance from even', () => {
  const status = measure(upTo(61).map((n) => n + (n % 2 === 0 ? 0 : 0.1)));
  near(status?.jitterNs, frameNs * 0.1, frameNs * 0.01);
  assert.equal(status?.lost, 0);
});

test('a slow but even source has a low rate and no jitter', () => {
  const status = measure(upTo(60).map((n) => n * 1.2));
  near(status?.framerate, 25, 0.5);
  near(status?.jitterNs, 0, 1);
  assert.equal(status?.lost, 0);
});

test('damaged frames and slates are counted; slates are no frames of the camera and no loss', () => {
  const status = measure(
    [...upTo(20), ...upTo(4).map((n) => 25 + n * 6), ...upTo(20).map((n) => 50 + n)],
    (n) => ({
      error: n === 3 || n === 4,
      slate: n >= 20 && n < 24,
    }),
  );
  assert.deepEqual([status?.corrupted, status?.slates, status?.lost], [2, 4, 0]);
});

test('a rate that varies has nothing to be lost against', () => {
  const component: Component = { ...jpegComponent, framerate: [0, 1] };
  const status = measure(
    upTo(40).filter((n) => n % 5 !== 2),
    () => ({ component }),
  );
  assert.deepEqual([status?.nominalFramerate, status?.lost], [0, 0]);
});

test('a covered lens shows in raw frames of every format, and encoded ones say nothing', () => {
  const picture = (format: string, bytesPerRow: number, value: (at: number) => number) => {
    const component: Component = { ...jpegComponent, codec: 'raw', format, width: 64, height: 48 };
    const payload = Uint8Array.from({ length: bytesPerRow * 48 }, (_, at) => value(at));
    return measure(upTo(31), () => ({ component, payload, planes: [{ offset: 0, stride: bytesPerRow }] }));
  };
  assert.equal(picture('NV12', 64, () => 0)?.brightness, 0);
  assert.equal(picture('GRAY8', 64, () => 255)?.brightness, 1);
  // Rows longer than the picture: what pads them is not looked at.
  near(picture('I420', 80, (at) => (at % 80 < 64 ? 51 : 255))?.brightness ?? -1, 0.2, 1e-9);
  near(picture('YUY2', 128, (at) => (at % 2 === 0 ? 102 : 255))?.brightness ?? -1, 0.4, 1e-9);
  near(picture('BGR', 192, (at) => (at % 3 === 1 ? 51 : 255))?.brightness ?? -1, 0.2, 1e-9);
  assert.equal(measure(upTo(31))?.brightness, null);
  const slate = measure(upTo(31), () => ({
    slate: true,
    component: { ...jpegComponent, codec: 'raw', format: 'GRAY8', width: 64, height: 48 },
    payload: new Uint8Array(64 * 48),
    planes: [{ offset: 0, stride: 64 }],
  }));
  assert.equal(slate?.brightness, null, 'a slate is not what the lens sees');
});

test('network and exposure are what they are told to be; a slate has no exposure', () => {
  const network = { bitrateBps: 4e6, lossRatio: 0.01, roundTripNs: 2e6 };
  const meter = new SignalMeter({ network: () => network, exposureUs: () => 15_700 });
  meter.add(testPacket({ ptsNs: 1e9 }));
  const status = meter.add(testPacket({ ptsNs: 2e9 }));
  assert.deepEqual([status?.network, status?.exposureUs], [network, 15_700]);
  assert.equal(meter.add(testPacket({ ptsNs: 3e9, slate: true }))?.exposureUs, null);
  const untold = measure(upTo(31));
  assert.deepEqual([untold?.network, untold?.exposureUs], [null, null]);
});
