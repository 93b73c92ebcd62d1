import { type Clock, systemClock, type Timer } from '../base/clock.js';
import type { FrameInfo } from '../native/port.js';
import type { PadInlet } from '../stream/feed.js';
import {
  type Component,
  Message,
  type Protection,
  type StartInfo,
  type StopCode,
  serviceStatus,
  stopCodes,
} from '../stream/message.js';
import { parameterSets } from './parameter-sets.js';

/** A branch that slept opens within a second; a camera that slept too needs its driver's time and the stall time. */
export const graceS = 5;

const { hardware, service, sourceFrames, packets, grace, timeout } = serviceStatus;
const statusBits = {
  idle: 0,
  starting: grace,
  late: timeout,
  slate: service | packets | timeout,
  live: service | packets | hardware | sourceFrames,
} as const;

export interface StreamTellerOptions {
  camera: string;
  stream: string;
  codec: Component['codec'];
  /** GStreamer's name of a raw format, else empty. */
  format: string;
  clock?: Clock;
}

/**
 * Tells a pad everything about a stream but its packets, from the first target's
 * coming to the last one's leaving: how it starts, what it is, how it fares, how it ends.
 */
export class StreamTeller {
  readonly #options: StreamTellerOptions;
  /** Null after the end: late work tells nothing. */
  #pad: PadInlet | null;
  #component: Component | null = null;
  #generation = 0;
  #durationNs = 0;
  #status = 0;
  /** The last that was told; null: none. */
  #keyEpoch: number | null = null;
  #graceEnds: Timer | null = null;

  constructor(options: StreamTellerOptions, pad: PadInlet) {
    this.#options = options;
    this.#pad = pad;
  }

  /** The branch has to open first. */
  tellGrace(): void {
    const clock = this.#options.clock ?? systemClock;
    this.#graceEnds = clock.after(graceS * 1000, () => this.#late());
    this.#pad?.deliver(Message.create('grace', graceS));
    this.status('starting');
  }

  close(): void {
    this.#graceEnds?.cancel();
    this.#graceEnds = null;
    this.#pad = null;
  }

  /** Told the first frame's start. */
  get started(): boolean {
    return this.#component !== null;
  }

  /** Ahead of a frame: tells its start if there was none, asks for another one if the format has changed. */
  frame(frame: FrameInfo, payload: Uint8Array, framerateNow: () => readonly [number, number]): Component {
    const component = this.#describe(frame, payload, framerateNow);
    const before = this.#component;
    this.#component = component;
    this.#generation = frame.generation;
    this.#graceEnds?.cancel();
    this.#graceEnds = null;
    if (!before) this.#pad?.deliver(Message.create('start', this.#start(component)));
    else if (component !== before) this.#pad?.restart('the format has changed');
    this.status(frame.slate ? 'slate' : 'live');
    return component;
  }

  /** Told when it is another one. */
  status(state: keyof typeof statusBits): void {
    const status = statusBits[state];
    if (status === this.#status) return;
    this.#status = status;
    this.#pad?.deliver(Message.create('serviceStatus', status));
  }

  /** Told when its keys are others. */
  protection(protection: Protection | null): void {
    const keyEpoch = protection?.keyEpoch ?? null;
    if (keyEpoch === this.#keyEpoch) return;
    this.#keyEpoch = keyEpoch;
    this.#pad?.deliver(Message.create('descrambleInfo', protection));
  }

  /** What never started cannot stop. */
  end(code: StopCode, reason: string): void {
    const pad = this.#pad;
    this.close();
    const info = { code, reason };
    pad?.deliver(this.started ? Message.create('stop', info) : Message.create('noStart', info));
  }

  start(): StartInfo | null {
    return this.#component && this.#start(this.#component);
  }

  #start(component: Component): StartInfo {
    const { camera, stream } = this.#options;
    return { components: [component], source: { camera, stream, generation: this.#generation } };
  }

  #late(): void {
    this.#graceEnds = null;
    const reason = `no frame came within ${graceS} s`;
    this.#pad?.deliver(Message.create('noStartWarning', { code: stopCodes.noInput, reason }));
    this.status('late');
  }

  /** The component of before, as long as it is true. */
  #describe(frame: FrameInfo, payload: Uint8Array, framerateNow: () => readonly [number, number]): Component {
    const before = this.#component;
    const { codec, format } = this.#options;
    const { width, height } = frame;
    // The nominal rate is not with the frame; another duration is the sign of another rate.
    const sameRate = before !== null && frame.durationNs === this.#durationNs;
    const framerate = sameRate ? before.framerate : framerateNow();
    this.#durationNs = frame.durationNs;
    const headers = frame.key ? parameterSets(payload, codec) : null;
    const header = headers ?? before?.header ?? null;
    const component: Component = {
      index: 0,
      kind: 'video',
      codec,
      format,
      width,
      height,
      framerate,
      header,
      disabled: false,
    };
    return before && same(before, component) ? before : component;
  }
}

function same(a: Component, b: Component): boolean {
  const sameRate = a.framerate[0] === b.framerate[0] && a.framerate[1] === b.framerate[1];
  return sameRate && a.width === b.width && a.height === b.height && equalBytes(a.header, b.header);
}

function equalBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}
