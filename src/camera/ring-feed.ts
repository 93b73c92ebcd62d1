import { messageOf } from '../base/error.js';
import { FramePool } from '../base/frame-pool.js';
import type { Log } from '../base/log.js';
import type { FrameInfo, NativePort, RingReaderHandle } from '../native/port.js';
import {
  type AnyMessage,
  type Component,
  Message,
  type Packet,
  serviceStatus,
  stopCodes,
} from '../stream/message.js';
import type { PadFeed } from '../stream/pad.js';
import { parameterSets } from './parameter-sets.js';

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
  /** Takes each message over. */
  deliver(message: AnyMessage): void;
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
  /** Frames up to this one are from before anybody looked. */
  #stale = 0;
  #needsKey = false;
  #component: Component | null = null;
  #status = 0;

  constructor(options: RingFeedOptions) {
    this.#options = options;
  }

  open(): void {
    const reader = this.#options.native.openRing(this.#options.path, () => this.#pump(reader));
    this.#reader = reader;
    const { fresh, newest } = reader.info();
    // The newest picture of a branch that runs is welcome; that of one that slept may be hours old.
    this.#stale = fresh && !this.#isCoded ? newest - 1 : newest;
    this.#needsKey = this.#isCoded;
    this.#component = null;
    this.#status = 0;
    reader.rearm();
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
    this.#pool.clear();
  }

  /** Whether a frame may need the ones before it. */
  get #isCoded(): boolean {
    return this.#options.codec === 'h264';
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
        if (reader.info().state === 'idle') this.#tellStatus('idle');
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
    const started = this.#component !== null;
    this.#needsKey = false;
    const payload = buffer.subarray(0, frame.size);
    this.#tellStart(reader, frame, payload);
    this.#tellStatus(frame.slate ? 'slate' : 'live');
    const packet: Packet = {
      component: 0,
      sequence: frame.sequence,
      ptsNs: frame.captureNs,
      dtsNs: frame.captureNs - frame.dtsDeltaNs,
      captureRealtimeNs: frame.captureRealtimeNs,
      durationNs: frame.durationNs,
      frameType: frame.key || !this.#isCoded ? 'key' : 'delta',
      discontinuity: frame.discontinuity || (started && missed > 0),
      slate: frame.slate,
      error: frame.corrupt,
      payload,
      planes: frame.planes,
    };
    this.#options.deliver(Message.create('packet', packet, () => this.#pool.give(buffer)));
  }

  /** Before the first frame, and again when the format has become another one. */
  #tellStart(reader: RingReaderHandle, frame: FrameInfo, payload: Uint8Array): void {
    const before = this.#component;
    const header = this.#isCoded && frame.key ? parameterSets(payload) : (before?.header ?? null);
    const same =
      before?.width === frame.width && before.height === frame.height && equalBytes(before.header, header);
    if (before && same) return;
    if (before) {
      const data = { code: stopCodes.sourceReconfigured, reason: 'the format has changed' };
      this.#options.deliver(Message.create('stop', data));
    }
    const { camera, stream, codec, format, deliver } = this.#options;
    this.#component = {
      index: 0,
      kind: 'video',
      codec,
      format,
      width: frame.width,
      height: frame.height,
      framerate: reader.info().framerate,
      header,
      disabled: false,
    };
    const source = { camera, stream, generation: frame.generation };
    deliver(Message.create('start', { components: [this.#component], source }));
  }

  #tellStatus(state: 'idle' | 'live' | 'slate'): void {
    const { hardware, service, sourceFrames, packets, timeout } = serviceStatus;
    const running = service | packets;
    const status =
      state === 'live' ? running | hardware | sourceFrames : state === 'slate' ? running | timeout : 0;
    if (status === this.#status) return;
    this.#status = status;
    this.#options.deliver(Message.create('serviceStatus', status));
  }

  #end(reader: RingReaderHandle, code: (typeof stopCodes)[keyof typeof stopCodes], reason: string): void {
    if (reader !== this.#reader) return;
    this.close();
    this.#options.deliver(Message.create('stop', { code, reason }));
  }
}

function equalBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}
