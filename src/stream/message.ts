/**
 * What travels from a pad to its targets. A closed union of fourteen kinds;
 * docs/messages.md says what each means for a camera. A message belongs to
 * whoever holds it: a target that receives one must release it (`using`, or
 * `release()`), and a clone is a message of its own. Packets share their
 * payload between clones by reference count; the payload must not be written
 * to, and must not be touched after the release.
 */

export const messageTypes = [
  'packet',
  'grace',
  'start',
  'serviceStatus',
  'signalStatus',
  'descrambleInfo',
  'stop',
  'noStart',
  'noStartWarning',
  'mpegts',
  'exit',
  'speed',
  'skip',
  'timeshiftStatus',
] as const;
export type MessageType = (typeof messageTypes)[number];

/** Why a stream stopped or could not start. Retired codes are not used again. */
export const stopCodes = {
  ok: 0,
  sourceReconfigured: 100,
  badSource: 101,
  sourceDeleted: 102,
  userAccess: 105,
  noFreeDevice: 200,
  openFailed: 203,
} as const;
export type StopCode = (typeof stopCodes)[keyof typeof stopCodes];

export interface Component {
  index: number;
  kind: 'video';
  codec: 'h264' | 'jpeg' | 'raw';
  /** GStreamer's name for raw formats, else empty. */
  format: string;
  width: number;
  height: number;
  /** Nominal frames a second as a fraction; [0, 1] when it varies. */
  framerate: readonly [number, number];
  /** Codec headers (SPS and PPS in Annex B) where the codec has them. */
  header: Uint8Array | null;
  disabled: boolean;
}

/** One frame. Times are nanoseconds. */
export interface Packet {
  component: number;
  sequence: number;
  /** Presentation and decoding time on the camera's clock, CLOCK_MONOTONIC. */
  ptsNs: number;
  dtsNs: number;
  /** When it was captured, CLOCK_REALTIME. */
  captureRealtimeNs: number;
  durationNs: number;
  frameType: 'key' | 'delta';
  discontinuity: boolean;
  /** From the slate, not from the camera. */
  slate: boolean;
  /** The source marked it as damaged. */
  error: boolean;
  payload: Uint8Array;
  /** Rows and planes of a raw frame; empty for encoded ones. */
  planes: readonly { offset: number; stride: number }[];
}

/** Bits of `serviceStatus`. */
export const serviceStatus = {
  /** The source is open. */
  hardware: 1 << 0,
  /** The branch is open. */
  service: 1 << 1,
  /** Frames come from the source. */
  sourceFrames: 1 << 2,
  /** Packets come out of the branch. */
  packets: 1 << 3,
  grace: 1 << 16,
  /** No frame for longer than the stall time: the slate is shown. */
  timeout: 1 << 18,
} as const;

export interface MessageData {
  packet: Packet;
  /** Seconds that the start may take. */
  grace: number;
  start: { components: readonly Component[]; source: { camera: string; stream: string; generation: number } };
  serviceStatus: number;
  signalStatus: {
    framerate: number;
    nominalFramerate: number;
    jitterNs: number;
    lost: number;
    corrupted: number;
  };
  descrambleInfo: { cipher: string; keyEpoch: number };
  stop: { code: StopCode; reason: string };
  noStart: { code: StopCode; reason: string };
  noStartWarning: { code: StopCode; reason: string };
  /** Whole 188-byte packets. */
  mpegts: Uint8Array;
  exit: null;
  /** Percent of real time. */
  speed: number;
  skip: { toNs: number; absolute: boolean };
  timeshiftStatus: { full: boolean; shiftNs: number; startNs: number; endNs: number };
}

/** What several clones of a message hold together. */
interface Shared {
  references: number;
  readonly onFree: (() => void) | undefined;
}

let leaked = 0;
// The net below: a message that was forgotten still gives its share back, and is counted.
const forgotten = new FinalizationRegistry<Shared>((shared) => {
  leaked += 1;
  drop(shared);
});

function drop(shared: Shared): void {
  shared.references -= 1;
  if (shared.references === 0) shared.onFree?.();
}

/** Messages that the garbage collector found before anybody released them: each one is a bug of its holder. */
export function leakedMessages(): number {
  return leaked;
}

export class Message<T extends MessageType> {
  readonly type: T;
  readonly #data: MessageData[T];
  #shared: Shared | null;

  private constructor(type: T, data: MessageData[T], shared: Shared) {
    this.type = type;
    this.#data = data;
    this.#shared = shared;
    forgotten.register(this, shared, this);
  }

  /** `onFree` runs once, when the message and all its clones are released: here a frame goes back to its pool. */
  static create<T extends MessageType>(type: T, data: MessageData[T], onFree?: () => void): Message<T> {
    return new Message(type, data, { references: 1, onFree });
  }

  /** Throws after the release: what it held may already be another frame. */
  get data(): MessageData[T] {
    if (!this.#shared) throw new Error(`a released ${this.type} message was used`);
    return this.#data;
  }

  get released(): boolean {
    return this.#shared === null;
  }

  /** Bytes of payload; what queues are bounded by. Control messages weigh nothing. */
  get payloadBytes(): number {
    const data: unknown = this.#data;
    if (this.type === 'packet') return (data as Packet).payload.byteLength;
    if (this.type === 'mpegts') return (data as Uint8Array).byteLength;
    return 0;
  }

  clone(): Message<T> {
    if (!this.#shared) throw new Error(`a released ${this.type} message was cloned`);
    this.#shared.references += 1;
    return new Message(this.type, this.#data, this.#shared);
  }

  /** Once is enough, more does no harm: `using` and an early release go together. */
  release(): void {
    const shared = this.#shared;
    if (!shared) return;
    this.#shared = null;
    forgotten.unregister(this);
    drop(shared);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A message of one of these kinds; `message.type` tells which and narrows `message.data`. */
export type MessageOf<T extends MessageType> = { [K in T]: Message<K> }[T];
export type AnyMessage = MessageOf<MessageType>;
