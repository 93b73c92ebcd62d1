import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import type { FrameInfo, ReadResult, RingInfo, RingReaderHandle } from '../native/port.js';
import type { AnyMessage, Component } from '../stream/message.js';
import { Pad } from '../stream/pad.js';
import { parameterSets } from './parameter-sets.js';
import { RingFeed } from './ring-feed.js';

const keyUnit = Buffer.from([0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 9, 9]);
const sets = Buffer.from([0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3]);

/** A ring whose frames the test writes. */
class FakeRing implements RingReaderHandle {
  frames: { info: FrameInfo; bytes: Buffer }[] = [];
  state: RingInfo['state'] = 'live';
  fresh = true;
  readonly reopened = 0;
  keyFrameRequests = 0;
  closed = false;
  broken = false;
  #readUpTo = 0;
  #head = 0;
  #wake: (() => void) | null = null;
  #onWake: () => void = () => {};

  open = (_path: string, onWake: () => void): RingReaderHandle => {
    this.#onWake = onWake;
    this.closed = false;
    return this;
  };

  write(changes: Partial<FrameInfo> = {}, bytes = Buffer.from([1, 2, 3])): void {
    this.#head = changes.sequence ?? this.#head + 1;
    const info: FrameInfo = {
      sequence: this.#head,
      key: true,
      discontinuity: false,
      slate: false,
      corrupt: false,
      captureNs: this.#head * 1000,
      captureRealtimeNs: 0,
      durationNs: 0,
      dtsDeltaNs: 0,
      publishedNs: 0,
      keySequence: 0,
      size: bytes.length,
      generation: 1,
      fourcc: 'MJPG',
      width: 64,
      height: 48,
      planes: [],
      ...changes,
    };
    this.frames.push({ info, bytes });
    this.wake();
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  info(): RingInfo {
    const format = {
      fourcc: 'MJPG',
      width: 64,
      height: 48,
      framerate: [30, 1] as [number, number],
      caps: '',
    };
    const names = { instance: '', camera: 'front', stream: 'low' };
    return {
      state: this.state,
      reason: '',
      generation: 1,
      newest: this.#head,
      fresh: this.fresh,
      ...format,
      ...names,
    };
  }

  read(into: Uint8Array, mode: 'next' | 'latest' | 'key'): ReadResult {
    if (this.broken) throw new Error('broken');
    if (this.state === 'ended') return { kind: 'closed' };
    const unread = this.frames.filter(({ info }) => info.sequence > this.#readUpTo);
    const found =
      mode === 'next' ? unread[0] : unread.filter(({ info }) => mode === 'latest' || info.key).at(-1);
    if (!found) return { kind: 'none' };
    if (into.length < found.bytes.length) return { kind: 'buffer-too-small', needed: found.bytes.length };
    into.set(found.bytes);
    const missed = found.info.sequence - this.#readUpTo - 1;
    this.#readUpTo = found.info.sequence;
    return { kind: 'frame', frame: found.info, missed };
  }

  rearm(): void {
    this.#wake = this.#onWake;
  }

  requestKeyFrame(): void {
    this.keyFrameRequests += 1;
  }

  close(): void {
    this.closed = true;
  }
}

function setup(codec: Component['codec'], prepare: (ring: FakeRing) => void = () => {}) {
  const ring = new FakeRing();
  prepare(ring);
  const messages: AnyMessage[] = [];
  const feed = new RingFeed({
    native: { openRing: ring.open },
    path: '/dev/shm/teecam.front.low',
    camera: 'front',
    stream: 'low',
    codec,
    format: '',
    deliver: (message) => messages.push(message),
    log: silentLog,
  });
  const types = () => messages.map((message) => message.type);
  const sequences = () =>
    messages.flatMap((message) => (message.type === 'packet' ? [message.data.sequence] : []));
  return { ring, feed, messages, types, sequences };
}

test('pictures: start, status, then the newest frame only', () => {
  const { ring, feed, messages, types, sequences } = setup('jpeg');
  feed.open();
  ring.write();
  ring.write();
  assert.deepEqual(types(), ['start', 'serviceStatus', 'packet', 'packet']);
  const [start] = messages;
  assert.equal(start?.type === 'start' && start.data.components[0]?.width, 64);
  assert.deepEqual(sequences(), [1, 2]);
});

test('an old picture of a branch that slept is not shown, that of one that runs is', () => {
  const asleep = setup('jpeg', (ring) => {
    ring.write();
    ring.fresh = false;
  });
  asleep.feed.open();
  asleep.ring.wake();
  assert.deepEqual(asleep.sequences(), []);
  asleep.ring.write();
  assert.deepEqual(asleep.sequences(), [2]);

  const awake = setup('jpeg', (ring) => ring.write());
  awake.feed.open();
  awake.ring.wake();
  assert.deepEqual(awake.sequences(), [1]);
});

test('groups of pictures: from a new key frame on, every frame', () => {
  const { ring, feed, messages, sequences } = setup('h264', (before) => before.write({ key: true }, keyUnit));
  feed.open();
  ring.write({ key: false });
  ring.write({ key: true }, keyUnit);
  ring.write({ key: false });
  ring.write({ key: false });
  assert.deepEqual(sequences(), [3, 4, 5]);
  const start = messages.find((message) => message.type === 'start');
  assert.deepEqual(start?.type === 'start' && start.data.components[0]?.header, new Uint8Array(sets));
});

test('after a loss nothing is delivered that cannot be decoded', () => {
  const { ring, feed, messages, sequences } = setup('h264');
  feed.open();
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

test('a new format is told by stop and start, the slate by the status', () => {
  const { ring, feed, types } = setup('jpeg');
  feed.open();
  ring.write();
  ring.write({ width: 128 });
  ring.write({ width: 128, slate: true });
  assert.deepEqual(types(), [
    'start',
    'serviceStatus',
    'packet',
    'stop',
    'start',
    'packet',
    'serviceStatus',
    'packet',
  ]);
});

test('larger frames get larger memory, released memory is used again', () => {
  const { ring, feed, messages } = setup('jpeg');
  feed.open();
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

test('the end of the ring, and a ring that cannot be read, end the stream once', () => {
  const ended = setup('jpeg');
  ended.feed.open();
  ended.ring.state = 'ended';
  ended.ring.wake();
  ended.ring.wake();
  assert.deepEqual(ended.types(), ['stop']);
  assert.ok(ended.ring.closed);
  ended.feed.close();

  const broken = setup('jpeg');
  broken.feed.open();
  broken.ring.broken = true;
  broken.ring.wake();
  assert.deepEqual(broken.types(), ['stop']);
  assert.ok(broken.ring.closed);
});

test('on a pad: open with the first target, closed with the last, also from within a delivery', () => {
  const ring = new FakeRing();
  let deliver: (message: AnyMessage) => void = () => {};
  const feed = new RingFeed({
    native: { openRing: ring.open },
    path: '',
    camera: 'front',
    stream: 'low',
    codec: 'jpeg',
    format: '',
    deliver: (message) => deliver(message),
    log: silentLog,
  });
  const pad = new Pad({
    name: 'front/low',
    feed,
    onTargetFailure: (failure) => assert.fail(String(failure.error)),
  });
  deliver = (message) => pad.deliver(message);
  ring.closed = true;
  let packets = 0;
  const connection = pad.connect({
    rejects: 0,
    deliver(message) {
      if (message.type === 'packet') {
        packets += 1;
        connection.disconnect();
      }
      message.release();
    },
  });
  assert.equal(ring.closed, false);
  ring.write();
  ring.write();
  assert.equal(packets, 1);
  assert.ok(ring.closed);
});

test('parameter sets are found where they are, and only there', () => {
  assert.deepEqual(parameterSets(keyUnit), new Uint8Array(sets));
  assert.deepEqual(parameterSets(sets), new Uint8Array(sets));
  assert.equal(parameterSets(Buffer.from([0, 0, 0, 1, 0x41, 1])), null);
  assert.equal(parameterSets(new Uint8Array()), null);
});
