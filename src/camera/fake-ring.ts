/** Rings for tests of what reads them. */
import { FakeClock } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import type { FrameInfo, ReadResult, RingInfo, RingReaderHandle } from '../native/port.js';
import type { PadInlet } from '../stream/feed.js';
import type { AnyMessage, CameraSignal, Component, Message, MessageType } from '../stream/message.js';
import { RingFeed, type RingFeedOptions } from './ring-feed.js';

/** A key frame with its parameter sets in front, and those alone. */
export const keyUnit = Buffer.from([0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 9, 9]);
export const sets = Buffer.from([0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3]);

/** A ring whose frames the test writes. */
export class FakeRing implements RingReaderHandle {
  frames: { info: FrameInfo; bytes: Buffer }[] = [];
  state: RingInfo['state'] = 'live';
  fresh = true;
  framerate: [number, number] = [30, 1];
  readonly reopened = 0;
  /** Of the camera that writes it. */
  signal: CameraSignal = { network: null, protection: null, exposureUs: null, brightness: () => null };
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
      framerate: this.framerate,
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

export const feedOptions = (
  ring: FakeRing,
  codec: Component['codec'],
  clock = new FakeClock(),
): RingFeedOptions => ({
  native: { openRing: ring.open },
  path: '/dev/shm/teecam.front.low',
  camera: 'front',
  stream: 'low',
  codec,
  format: '',
  signal: () => ring.signal,
  clock,
  log: silentLog,
});

/** A feed and what it delivers; what it asks to be restarted shows as `restart`. */
export function makeFeed(codec: Component['codec'], prepare: (ring: FakeRing) => void = () => {}) {
  const ring = new FakeRing();
  prepare(ring);
  const messages: AnyMessage[] = [];
  const types: string[] = [];
  const wanted = new Set<MessageType>();
  const pad: PadInlet = {
    deliver(message) {
      messages.push(message);
      types.push(message.type);
    },
    probe: (type) => wanted.has(type),
    restart: () => void types.push('restart'),
  };
  const clock = new FakeClock();
  const feed = new RingFeed(feedOptions(ring, codec, clock));
  const sequences = () =>
    messages.flatMap((message) => (message.type === 'packet' ? [message.data.sequence] : []));
  const of = <T extends MessageType>(type: T) =>
    messages.flatMap((m) => (m.type === type ? [m as Message<T>] : []));
  return { ring, feed, pad, clock, messages, types, wanted, sequences, of, open: () => feed.open(pad) };
}
