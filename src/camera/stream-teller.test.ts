import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { until } from '../../test/support/until.js';
import { ACCEPT_ALL, accepting } from '../stream/filter.js';
import { type Protection, serviceStatus, stopCodes } from '../stream/message.js';
import { Pad } from '../stream/pad.js';
import { Collector } from '../stream/testing.js';
import { FakeRing, feedOptions, keyUnit, makeFeed, sets } from './fake-ring.js';
import { RingFeed } from './ring-feed.js';
import { graceS } from './stream-teller.js';

const { grace, hardware, packets, service, sourceFrames, timeout } = serviceStatus;
const asleep = (ring: FakeRing) => {
  ring.fresh = false;
};

test('F1: before the first frame, a start tells what will come', () => {
  const { ring, open, of, types } = makeFeed('h264');
  open();
  ring.write({ key: true, generation: 7 }, keyUnit);
  ring.write({ key: false });
  assert.deepEqual(types, ['start', 'serviceStatus', 'packet', 'packet']);
  const [start] = of('start');
  assert.deepEqual(start?.data, {
    components: [
      {
        index: 0,
        kind: 'video',
        codec: 'h264',
        format: '',
        width: 64,
        height: 48,
        framerate: [30, 1],
        header: new Uint8Array(sets),
        disabled: false,
      },
    ],
    source: { camera: 'front', stream: 'low', generation: 7 },
  });
});

test('F2: every packet has its component, and a key frame the codec headers', () => {
  const { ring, open, of } = makeFeed('h264');
  open();
  ring.write({ key: true, dtsDeltaNs: 200, durationNs: 33, corrupt: true }, keyUnit);
  ring.write({ key: false, slate: true });
  const [first, second] = of('packet').map(({ data }) => data);
  assert.equal(first?.component, of('start')[0]?.data.components[0]);
  assert.equal(second?.component, first?.component);
  assert.deepEqual([first?.header, second?.header], [new Uint8Array(sets), null]);
  assert.deepEqual([first?.frameType, second?.frameType], ['key', 'delta']);
  assert.deepEqual([first?.ptsNs, first?.dtsNs, first?.durationNs], [1000, 800, 33]);
  assert.deepEqual([first?.error, first?.slate, second?.error, second?.slate], [true, false, false, true]);
});

test('F7: how the source is encrypted is told ahead of its frames: when its keys change, and when it is no more', () => {
  const { ring, open, of, types } = makeFeed('jpeg');
  const tls = { protocol: 'tls', version: '1.3', cipher: 'TLS_AES_256_GCM_SHA384' } as const;
  const writeWith = (protection: Protection | null) => {
    ring.signal = { ...ring.signal, protection };
    ring.write();
  };
  open();
  writeWith(null);
  writeWith({ ...tls, keyEpoch: 1 });
  writeWith({ ...tls, keyEpoch: 1 });
  writeWith({ ...tls, keyEpoch: 2 });
  writeWith(null);
  const told = of('descrambleInfo').map(({ data }) => data);
  assert.deepEqual(told, [{ ...tls, keyEpoch: 1 }, { ...tls, keyEpoch: 2 }, null]);
  assert.deepEqual(types.slice(2, 6), ['packet', 'descrambleInfo', 'packet', 'packet']);
});

test('F3: another size, another rate, other codec headers are a restart; the slate is a status', () => {
  const { ring, open, types } = makeFeed('h264');
  open();
  ring.write({}, keyUnit);
  types.length = 0;
  ring.write({ width: 128 }, keyUnit);
  ring.write({ width: 128, slate: true }, keyUnit);
  ring.framerate = [15, 1];
  ring.write({ width: 128, slate: true, durationNs: 66 }, keyUnit);
  ring.write({ width: 128, slate: true, durationNs: 66 }, Buffer.from(keyUnit).fill(5, 5, 6));
  ring.write({ width: 128, slate: true, durationNs: 66, key: false });
  assert.deepEqual(types, [
    ...['restart', 'packet'],
    ...['serviceStatus', 'packet'],
    ...['restart', 'packet'],
    ...['restart', 'packet'],
    'packet',
  ]);
});

test('F3: on a pad, targets are told stop and start, with what is true then', () => {
  const ring = new FakeRing();
  const pad = new Pad({
    name: 'front/low',
    feed: new RingFeed(feedOptions(ring, 'jpeg')),
    onTargetFailure: (failure) => assert.fail(String(failure.error)),
  });
  const widths: unknown[] = [];
  const target = new Collector(accepting('start', 'stop', 'packet'), (message) => {
    if (message.type === 'start') widths.push(message.data.components[0]?.width);
    if (message.type === 'stop') widths.push(message.data.code);
  });
  const connection = pad.connect(target);
  ring.write();
  ring.write({ width: 128 });
  assert.deepEqual(target.types, ['start', 'packet', 'stop', 'start', 'packet']);
  assert.deepEqual(widths, [64, stopCodes.sourceReconfigured, 128]);
  connection.disconnect();
});

test('F4: a branch that must open first has a grace; then that it is late is told once', async () => {
  const { ring, open, clock, of, types } = makeFeed('jpeg', asleep);
  open();
  ring.wake();
  assert.deepEqual(types, ['grace', 'serviceStatus']);
  assert.equal(of('grace')[0]?.data, graceS);
  await clock.advance(graceS * 1000 - 1);
  assert.equal(types.length, 2);
  await clock.advance(60_000);
  assert.deepEqual(types.slice(2), ['noStartWarning', 'serviceStatus']);
  assert.equal(of('noStartWarning')[0]?.data.code, stopCodes.noInput);
  ring.write();
  assert.deepEqual(types.slice(4), ['start', 'serviceStatus', 'packet']);
  assert.deepEqual(
    of('serviceStatus').map(({ data }) => data),
    [grace, timeout, hardware | service | sourceFrames | packets],
  );
});

test('F4: a frame, and everybody leaving, end the grace', async () => {
  for (const end of ['frame', 'close'] as const) {
    const { ring, feed, open, clock, of } = makeFeed('jpeg', asleep);
    open();
    if (end === 'frame') ring.write();
    else feed.close();
    assert.equal(clock.pending, 0, end);
    await clock.advance(60_000);
    assert.equal(of('noStartWarning').length, 0, end);
  }
});

test('F5: an end after the start is a stop, one before it a noStart, told once', () => {
  const started = makeFeed('jpeg');
  started.open();
  started.ring.write();
  started.ring.state = 'ended';
  started.ring.wake();
  started.ring.wake();
  assert.equal(started.types.at(-1), 'stop');
  assert.equal(started.of('stop').length, 1);
  assert.ok(started.ring.closed);
  started.feed.close();

  const ended = makeFeed('jpeg');
  ended.open();
  ended.ring.state = 'ended';
  ended.ring.wake();
  ended.ring.wake();
  assert.deepEqual(ended.types, ['noStart']);
  assert.equal(ended.of('noStart')[0]?.data.code, stopCodes.sourceDeleted);

  const broken = makeFeed('jpeg');
  broken.open();
  broken.ring.broken = true;
  broken.ring.wake();
  assert.deepEqual(broken.types, ['noStart']);
  assert.equal(broken.of('noStart')[0]?.data.code, stopCodes.openFailed);
  assert.ok(broken.ring.closed);
});

test('F5: a target that comes after the end hears of it', () => {
  const ring = new FakeRing();
  const pad = new Pad({
    name: 'front/low',
    feed: new RingFeed(feedOptions(ring, 'jpeg')),
    onTargetFailure: (failure) => assert.fail(String(failure.error)),
  });
  const first = pad.connect(new Collector());
  ring.write();
  ring.state = 'ended';
  ring.wake();
  const late = new Collector(ACCEPT_ALL);
  const second = pad.connect(late);
  assert.deepEqual(late.types.includes('noStart'), true);
  first.disconnect();
  second.disconnect();
});

test('F6: the signal is measured once a second while somebody wants to know', () => {
  const { ring, open, wanted, of } = makeFeed('jpeg');
  open();
  const write = (count: number) => {
    for (let n = 0; n < count; n++) {
      const captureNs = at;
      at += Math.ceil(1e9 / 30);
      ring.write({ captureNs });
    }
  };
  let at = 1e9;
  write(60);
  assert.equal(of('signalStatus').length, 0);
  wanted.add('signalStatus');
  write(61);
  const statuses = of('signalStatus').map(({ data }) => data);
  assert.equal(statuses.length, 2);
  assert.ok(Math.abs((statuses[1]?.framerate ?? 0) - 30) < 0.001);
  assert.equal(statuses[1]?.nominalFramerate, 30);
  wanted.clear();
  write(60);
  assert.equal(of('signalStatus').length, 2);
});

test('F6: a covered lens shows in H.264 where it was measured before it was encoded', () => {
  const { ring, open, wanted, of } = makeFeed('h264');
  ring.signal = { ...ring.signal, brightness: (stream) => (stream === 'low' ? 0.03 : null) };
  wanted.add('signalStatus');
  open();
  for (const captureNs of [1e9, 2e9]) ring.write({ captureNs, slate: false }, keyUnit);
  ring.write({ captureNs: 3e9, slate: true }, keyUnit);
  assert.deepEqual(
    of('signalStatus').map(({ data }) => data.brightness),
    [0.03, null],
  );
});

test('F6: a covered lens shows in JPEG too', async () => {
  const { ring, open, wanted, of } = makeFeed('jpeg');
  wanted.add('signalStatus');
  open();
  let captureNs = 1e9;
  const brightness = () => of('signalStatus').at(-1)?.data.brightness ?? null;
  const shows = async (grey: number) => {
    const background = { r: grey, g: grey, b: grey };
    const jpeg = await sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .jpeg()
      .toBuffer();
    await until(`brightness ${grey}`, () => {
      captureNs += 1e9;
      ring.write({ captureNs }, jpeg);
      const now = brightness();
      return now !== null && Math.abs(now - grey / 255) < 0.01;
    });
  };
  await shows(128);
  await shows(0);
  await shows(255);
  await until('a broken picture has none', () => {
    captureNs += 1e9;
    ring.write({ captureNs }, Buffer.from('no picture'));
    return brightness() === null;
  });
});
