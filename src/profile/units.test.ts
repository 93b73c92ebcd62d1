import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest } from './nearest.js';
import { defaultBitrate } from './profile.js';
import { parseMulticastRange, parsePortRange } from './rtsp-ranges.js';
import { formatFramerate, parseBitrate, parseDuration, parseFramerate, perSecond } from './units.js';

test('rates are exact fractions, those of television too', () => {
  const cases: [number | string, [number, number]][] = [
    [30, [30, 1]],
    [29.97, [30000, 1001]],
    [59.94, [60000, 1001]],
    [23.976, [24000, 1001]],
    [7.5, [15, 2]],
    [0.5, [1, 2]],
    ['60/2', [30, 1]],
    ['30000/1001', [30000, 1001]],
  ];
  for (const [value, expected] of cases) assert.deepEqual(parseFramerate(value), expected);
  assert.equal(formatFramerate([30000, 1001]), '30000/1001');
});

test('a rate is never far from what was written', () => {
  const rates = fc.double({ min: 0.1, max: 1000, noNaN: true });
  fc.assert(fc.property(rates, (rate) => Math.abs(perSecond(parseFramerate(rate)) - rate) < 0.006));
});

test('bitrates and times have their units', () => {
  assert.deepEqual([4_000_000, 800_000, 1_500_000, 64_000], ['4M', '800k', '1.5M', 64_000].map(parseBitrate));
  assert.deepEqual([500, 5000, 120_000, 2500], ['500ms', '5s', '2m', 2.5].map(parseDuration));
});

test('the default bitrate is 4 Mbit/s for 1080p30 and half as much again for 60', () => {
  assert.equal(defaultBitrate(1920, 1080, 30), 4_050_000);
  assert.equal(defaultBitrate(1920, 1080, 60), 6_150_000);
});

test('ranges of ports and of multicast addresses', () => {
  assert.deepEqual(parsePortRange('8000-8100'), [8000, 8100]);
  for (const bad of ['8000', '80-90', '8100-8000', '8000-99999', 'a-b'])
    assert.equal(parsePortRange(bad), null);
  const range = { first: '239.255.42.1', last: '239.255.42.9' };
  assert.deepEqual(parseMulticastRange('239.255.42.1-239.255.42.9'), range);
  for (const bad of ['10.0.0.1', '239.1.1.9-239.1.1.1', '239.1.1', '239.1.1.256', '224.0.0.1-240.0.0.1'])
    assert.equal(parseMulticastRange(bad), null, bad);
});

test('a misspelt name finds the one that was meant, a strange one finds none', () => {
  assert.equal(nearest('widht', ['height', 'width']), 'width');
  assert.equal(nearest('H264', ['jpeg', 'h264']), 'h264');
  assert.equal(nearest('zebra', ['height', 'width']), undefined);
});
