import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamProfile } from '../profile/profile.js';
import type { Rung } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import { holding, lowered, loweredStream, nextRung, type Step } from './lowering.js';
import { camerasOf, streamOf } from './testing.js';

const h264 = streamOf({ codec: 'h264', width: 1920, height: 1080, framerate: 30, bitrate: '4M', gop: '2s' });
const jpeg = streamOf({ codec: 'jpeg', width: 1280, height: 720, framerate: 15, quality: 80 });
const raw = streamOf({ codec: 'raw', width: 640, height: 480, framerate: '30000/1001' });
const copy = streamOf({ codec: 'copy', width: 640, height: 480, framerate: 30 });

/** What becomes of a stream, rung by rung down to its floor. */
function descent(full: StreamProfile, ladder: readonly Rung[]): StreamProfile[] {
  const steps: Step[] = [];
  const seen: StreamProfile[] = [];
  for (let rung = nextRung(full, steps, ladder); rung !== null; rung = nextRung(full, steps, ladder)) {
    steps.push({ camera: 'front', stream: 'x', rung, of: full });
    seen.push(loweredStream(full, steps));
  }
  return seen;
}

const rates = (streams: readonly StreamProfile[]) => streams.map(({ framerate }) => framerate.join('/'));

test('the rate is halved down to five frames a second, key frames keep their distance in time', () => {
  assert.deepEqual(rates(descent(h264, ['rate'])), ['15/1', '15/2', '5/1']);
  const distances = descent(h264, ['rate']).map((stream) => stream.codec === 'h264' && stream.gopFrames);
  assert.deepEqual(distances, [30, 15, 10]);
  assert.deepEqual(rates(descent(raw, ['rate'])), ['15000/1001', '7500/1001', '5/1']);
  assert.deepEqual(descent(streamOf({ ...jpegOf(5) }), ['rate']), []);
});

const jpegOf = (framerate: number) => ({ codec: 'jpeg', width: 640, height: 480, framerate });

test('the bitrate is halved down to a quarter; of JPEG it is the quality', () => {
  const bitrates = descent(h264, ['bitrate']).map((stream) => stream.codec === 'h264' && stream.bitrateBps);
  assert.deepEqual(bitrates, [2_000_000, 1_000_000]);
  const least = streamOf({ codec: 'h264', width: 320, height: 180, framerate: 5, bitrate: '150k' });
  const lowest = descent(least, ['bitrate']).map((stream) => stream.codec === 'h264' && stream.bitrateBps);
  assert.deepEqual(lowest, [100_000]);
  const qualities = descent(jpeg, ['bitrate']).map((stream) => stream.codec === 'jpeg' && stream.quality);
  assert.deepEqual(qualities, [50, 30]);
  assert.deepEqual(descent(raw, ['bitrate']), []);
});

test('the size is halved down to a quarter, and no narrower than 320', () => {
  const sizes = (stream: StreamProfile) =>
    descent(stream, ['size']).map(({ width, height }) => `${width}x${height}`);
  assert.deepEqual(sizes(h264), ['960x540', '480x270']);
  assert.deepEqual(sizes(jpeg), ['640x360', '320x180']);
  assert.deepEqual(sizes(raw), ['320x240']);
});

test('each rung is gone down to its floor before the next one, in the order of the ladder', () => {
  const both = descent(jpeg, ['bitrate', 'rate']);
  assert.deepEqual(
    both.map((stream) => [stream.codec === 'jpeg' && stream.quality, perSecond(stream.framerate)]),
    [
      [50, 15],
      [30, 15],
      [30, 7.5],
      [30, 5],
    ],
  );
  assert.deepEqual(descent(jpeg, []), []);
});

test('a copy is what the source delivers and nothing less', () => {
  assert.deepEqual(descent(copy, ['rate', 'bitrate', 'size']), []);
});

test('steps count for the stream that they were taken for, as long as its profile stays', () => {
  const cameras = camerasOf({ high: { codec: 'h264', width: 640, height: 360, framerate: 30 } });
  const of = cameras['front']?.streams['high'];
  assert.ok(of);
  const step: Step = { camera: 'front', stream: 'high', rung: 'rate', of };
  const steps = [step];
  assert.deepEqual(lowered(cameras, steps)['front']?.streams['high']?.framerate, [15, 1]);
  assert.deepEqual(lowered(cameras, steps)['front']?.capture, cameras['front']?.capture);
  assert.deepEqual(holding(cameras, steps), steps);
  const changed = camerasOf({ high: { codec: 'h264', width: 640, height: 360, framerate: 20 } });
  assert.deepEqual(lowered(changed, steps), changed);
  assert.deepEqual(holding(changed, steps), []);
  const forbidden = camerasOf({ high: { codec: 'h264', width: 640, height: 360, framerate: 30 } }, ['size']);
  assert.deepEqual(holding(forbidden, steps), []);
  assert.deepEqual(holding({}, steps), []);
});
