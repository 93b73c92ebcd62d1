import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pad } from '../stream/pad.js';
import { Collector } from '../stream/testing.js';
import { FakeRing, feedOptions, keyUnit, makeFeed, sets } from './fake-ring.js';
import { parameterSets } from './parameter-sets.js';
import { RingFeed } from './ring-feed.js';

test('pictures: start, status, then the newest frame only', () => {
  const { ring, open, messages, types, sequences } = makeFeed('jpeg');
  open();
  ring.write();
  ring.write();
  assert.deepEqual(types, ['start', 'serviceStatus', 'packet', 'packet']);
  const [start] = messages;
  assert.equal(start?.type === 'start' && start.data.components[0]?.width, 64);
  assert.deepEqual(sequences(), [1, 2]);
});

test('an old picture of a branch that slept is not shown, that of one that runs is', () => {
  const asleep = makeFeed('jpeg', (ring) => {
    ring.write();
    ring.fresh = false;
  });
  asleep.open();
  asleep.ring.wake();
  assert.deepEqual(asleep.sequences(), []);
  asleep.ring.write();
  assert.deepEqual(asleep.sequences(), [2]);

  const awake = makeFeed('jpeg', (ring) => ring.write());
  awake.open();
  awake.ring.wake();
  assert.deepEqual(awake.sequences(), [1]);
});

test('groups of pictures: from a new key frame on, every frame', () => {
  const { ring, open, messages, sequences } = makeFeed('h264', (before) =>
    before.write({ key: true }, keyUnit),
  );
  open();
  ring.write({ key: false });
  ring.write({ key: true }, keyUnit);
  ring.write({ key: false });
  ring.write({ key: false });
  assert.deepEqual(sequences(), [3, 4, 5]);
  const start = messages.find((message) => message.type === 'start');
  assert.deepEqual(start?.type === 'start' && start.data.components[0]?.header, new Uint8Array(sets));
});

test('after a loss nothing is delivered that cannot be decoded', () => {
  const { ring, open, messages, sequences } = makeFeed('h264');
  open();
  ring.write({ key: true }, keyUnit);
  ring.write({ key: false, sequence: 5 });
  assert.equal(ring.keyFrameRequests, 1);
  ring.write({ key: false });
  ring.write({ key: true }, keyUnit);
  ring.write({ key: false });
  assert.deepEqual(sequences(), [1, 7, 8]);
  const packets = messages.flatMap((message) => (message.type === 'packet' ? [message.data] : []));
  assert.deepEqual(
    packets.map((packet) => packet.discontinuity),
    [false, true, false],
  );
});

test('larger frames get larger memory, released memory is used again', () => {
  const { ring, open, messages } = makeFeed('jpeg');
  open();
  const large = Buffer.alloc(200_000, 7);
  ring.write({}, large);
  const first = messages.find((message) => message.type === 'packet');
  assert.ok(first?.type === 'packet');
  assert.ok(large.equals(first.data.payload));
  const memory = first.data.payload.buffer;
  ring.write({}, large);
  const second = messages.at(-1);
  assert.ok(second?.type === 'packet');
  assert.notEqual(second.data.payload.buffer, memory, 'the first is still held');
  const clone = first.clone();
  first.release();
  ring.write({}, large);
  const third = messages.at(-1);
  assert.ok(third?.type === 'packet');
  assert.notEqual(third.data.payload.buffer, memory, 'its clone is still held');
  clone.release();
  ring.write({}, large);
  const fourth = messages.at(-1);
  assert.ok(fourth?.type === 'packet');
  assert.equal(fourth.data.payload.buffer, memory);
});

test('on a pad: open with the first target, closed with the last, also from within a delivery', () => {
  const ring = new FakeRing();
  const pad = new Pad({
    name: 'front/low',
    feed: new RingFeed(feedOptions(ring, 'jpeg')),
    onTargetFailure: (failure) => assert.fail(String(failure.error)),
  });
  ring.closed = true;
  let packets = 0;
  const connection = pad.connect(
    new Collector(0, (message) => {
      if (message.type !== 'packet') return;
      packets += 1;
      connection.disconnect();
    }),
  );
  assert.equal(ring.closed, false);
  ring.write();
  ring.write();
  assert.equal(packets, 1);
  assert.ok(ring.closed);
});

test('parameter sets are found where they are, and only there', () => {
  assert.deepEqual(parameterSets(keyUnit, 'h264'), new Uint8Array(sets));
  assert.deepEqual(parameterSets(sets, 'h264'), new Uint8Array(sets));
  assert.equal(parameterSets(Buffer.from([0, 0, 0, 1, 0x41, 1]), 'h264'), null);
  assert.equal(parameterSets(new Uint8Array(), 'h264'), null);
  const [vps, sps, pps] = [0x40, 0x42, 0x44].map((byte) => [0, 0, 0, 1, byte, 1, 7]);
  const h265Sets = [vps, sps, pps].flat().map(Number);
  const h265Key = Buffer.from([0, 0, 0, 1, 0x46, 1, 0x50, ...h265Sets, 0, 0, 1, 0x28, 1, 9]);
  assert.deepEqual(parameterSets(h265Key, 'h265'), new Uint8Array(h265Sets));
  assert.equal(parameterSets(Buffer.from([0, 0, 0, 1, 2, 1]), 'h265'), null);
});
