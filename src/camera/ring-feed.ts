import type { Clock } from '../base/clock.js';
import { messageOf } from '../base/error.js';
import { FramePool } from '../base/frame-pool.js';
import type { Log } from '../base/log.js';
import type { FrameInfo, NativePort, RingReaderHandle } from '../native/port.js';
import type { PadFeed, PadInlet } from '../stream/feed.js';
import {
  type CameraSignal,
  type Component,
  Message,
  type Packet,
  type SignalStatus,
  type StartInfo,
  type StopCode,
  stopCodes,
} from '../stream/message.js';
import { SignalMeter } from '../stream/signal-meter.js';
import { JpegBrightness } from './jpeg-brightness.js';
import { StreamTeller } from './stream-teller.js';

/** So many frames at a time, then the event loop gets its turn. */
const framesPerTurn = 8;

export interface RingFeedOptions {
  native: Pick<NativePort, 'openRing'>;
  /** Of the ring file. */
  path: string;
  camera: string;
  stream: string;
  codec: Component['codec'];
  /** GStreamer's name of a raw format, else empty. */
  format: string;
  signal(): CameraSignal;
  clock?: Clock;
  log: Log;
}

/**
 * Reads a ring for a pad while the pad has targets: its presence on the ring is
 * what opens the branch. Pictures: the newest only. Groups of pictures: every
 * frame from a key frame on, and after a loss from the next key frame on.
 */
export class RingFeed implements PadFeed {
  readonly #options: RingFeedOptions;
  readonly #pool = new FramePool();
  #reader: RingReaderHandle | null = null;
  #pad: PadInlet | null = null;
  #teller: StreamTeller | null = null;
  /** Frames up to this one are from before anybody looked. */
  #stale = 0;
  #needsKey = false;
  /** Only while somebody wants to know. */
  #signal: SignalMeter | null = null;

  constructor(options: RingFeedOptions) {
    this.#options = options;
  }

  open(pad: PadInlet): void {
    const reader = this.#options.native.openRing(this.#options.path, () => this.#pump(reader));
    this.#reader = reader;
    this.#pad = pad;
    this.#teller = new StreamTeller(this.#options, pad);
    const { fresh, newest } = reader.info();
    // The newest picture of a branch that runs is welcome; that of one that slept may be hours old.
    this.#stale = fresh && !this.#isCoded ? newest - 1 : newest;
    this.#needsKey = this.#isCoded;
    this.#signal = null;
    reader.rearm();
    if (!fresh) this.#teller.tellGrace();
  }

  close(): void {
    this.#teller?.close();
    this.#teller = null;
    this.#reader?.close();
    this.#reader = null;
    this.#pad = null;
    this.#pool.clear();
  }

  describe(): StartInfo | null {
    return this.#teller?.start() ?? null;
  }

  /** Whether a frame may need the ones before it. */
  get #isCoded(): boolean {
    return this.#options.codec === 'h264' || this.#options.codec === 'h265';
  }

  #pump(reader: RingReaderHandle): void {
    try {
      for (let turn = 0; turn < framesPerTurn && reader === this.#reader; turn++) {
        if (!this.#readOne(reader)) break;
      }
      // A target may have left, and closed this feed, during the delivery.
      if (reader === this.#reader) reader.rearm();
    } catch (error) {
      this.#options.log.error({ err: error, ring: this.#options.path }, 'a ring cannot be read');
      this.#end(reader, stopCodes.openFailed, messageOf(error));
    }
  }

  /** False: there is nothing more for now. */
  #readOne(reader: RingReaderHandle): boolean {
    const buffer = this.#pool.take();
    const mode = this.#isCoded ? (this.#needsKey ? 'key' : 'next') : 'latest';
    const result = reader.read(buffer, mode);
    if (result.kind === 'frame') {
      this.#frame(reader, buffer, result.frame, result.missed);
      return true;
    }
    this.#pool.give(buffer);
    switch (result.kind) {
      case 'buffer-too-small':
        this.#pool.grow(result.needed);
        return true;
      case 'closed':
        this.#end(reader, stopCodes.sourceDeleted, 'the stream has ended');
        return false;
      case 'none':
        // Before the first frame it is idle because the branch is still opening.
        if (this.#teller?.started && reader.info().state === 'idle') this.#teller.status('idle');
        return false;
    }
  }

  #frame(reader: RingReaderHandle, buffer: Buffer, frame: FrameInfo, missed: number): void {
    const lost = missed > 0 && !this.#needsKey;
    if (frame.sequence <= this.#stale || (this.#isCoded && lost && !frame.key)) {
      this.#pool.give(buffer);
      if (this.#isCoded && lost) {
        this.#needsKey = true;
        reader.requestKeyFrame();
      }
      return;
    }
    const teller = this.#teller;
    const pad = this.#pad;
    if (!teller || !pad) return;
    const first = !teller.started;
    this.#needsKey = false;
    const memory = this.#pool.fit(buffer, frame.size);
    const payload = memory.subarray(0, frame.size);
    const component = teller.frame(frame, payload, () => reader.info().framerate);
    teller.protection(this.#options.signal().protection);
    const key = frame.key || !this.#isCoded;
    const packet: Packet = {
      component,
      sequence: frame.sequence,
      ptsNs: frame.captureNs,
      dtsNs: frame.captureNs - frame.dtsDeltaNs,
      captureRealtimeNs: frame.captureRealtimeNs,
      durationNs: frame.durationNs,
      frameType: key ? 'key' : 'delta',
      discontinuity: frame.discontinuity || (!first && missed > 0),
      slate: frame.slate,
      error: frame.corrupt,
      payload,
      header: key ? component.header : null,
      planes: frame.planes,
    };
    // Now: whoever takes the packet may release it at once.
    const signal = this.#measure(pad, packet);
    const message = Message.create('packet', packet, () => this.#pool.give(memory));
    // A target may have left, and closed this feed, when it was told the start.
    if (reader === this.#reader) pad.deliver(message);
    else message.release();
    if (signal && reader === this.#reader) pad.deliver(Message.create('signalStatus', signal));
  }

  #measure(pad: PadInlet, packet: Packet): SignalStatus | null {
    if (!pad.probe('signalStatus')) {
      this.#signal = null;
      return null;
    }
    this.#signal ??= this.#signalMeter();
    return this.#signal.add(packet);
  }

  #signalMeter(): SignalMeter {
    const { stream, codec, signal } = this.#options;
    const camera = { network: () => signal().network, exposureUs: () => signal().exposureUs };
    if (codec === 'raw') return new SignalMeter(camera);
    const jpeg = codec === 'jpeg' ? new JpegBrightness() : null;
    const brightnessOf = ({ payload }: Packet) => signal().brightness(stream) ?? jpeg?.next(payload) ?? null;
    return new SignalMeter({ ...camera, brightnessOf });
  }

  #end(reader: RingReaderHandle, code: StopCode, reason: string): void {
    if (reader !== this.#reader) return;
    const teller = this.#teller;
    // Let go of first: a target may leave when it hears of the end.
    reader.close();
    this.#reader = null;
    this.#pool.clear();
    teller?.end(code, reason);
  }
}
