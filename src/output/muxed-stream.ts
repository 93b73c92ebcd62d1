/** The bytes of a stream in a container, made once for all who watch it so. */
import { type Clock, systemClock } from '../base/clock.js';
import { messageOf, TeecamError } from '../base/error.js';
import type { Container, MuxedChunk, MuxerHandle, MuxerStats, NativePort } from '../native/port.js';
import { ChunkBuffer } from '../stream/chunk-buffer.js';
import { ChunkReader } from '../stream/chunk-reader.js';

/**
 * A key frame that came so lately is begun with: the next one may be as far away
 * (an encoder gives two a second at most), and nobody sees a lag so small.
 */
const FRESH_KEY_MS = 300;
/** Who is further behind goes on at a newer key frame. */
const KEPT_SECONDS = 4;
const KEPT_BYTES = 8 * 2 ** 20;
/** While the event loop is busy; then what waits is dropped, up to a key frame. */
const WAITING_BYTES = 8 * 2 ** 20;

/** As long as the stream stays what it is: players have to begin anew for another one. */
export interface MuxedPeriod {
  /** What a player has to know first; null where the container repeats it all the time. */
  readonly header: { readonly codecs: string; readonly data: Uint8Array } | null;
  readonly buffer: ChunkBuffer;
}

export interface MuxedStreamOptions {
  native: Pick<NativePort, 'createMuxer'>;
  /** Path of the ring, which must be one of H.264. */
  ring: string;
  container: Container;
  /** Frames a second, at most. */
  framerate: number;
  clock?: Clock;
}

/** The muxer is there, and keeps the stream's branch open, while somebody watches. */
export class MuxedStream {
  readonly #options: MuxedStreamOptions;
  readonly #views = new Set<MuxedView>();
  #muxer: MuxerHandle | null = null;
  #period: MuxedPeriod | null = null;
  /** Of muxers that are gone. */
  #before: MuxerStats = { frames: 0, dropped: 0 };
  #wake: () => void = () => {};
  #news = this.#nextNews();

  constructor(options: MuxedStreamOptions) {
    this.#options = options;
  }

  /** One more viewer, until it is closed. Throws `unavailable` when the stream cannot be read. */
  watch(): MuxedView {
    if (!this.#muxer) this.#open();
    const view = new MuxedView(this, () => this.#leave(view));
    this.#views.add(view);
    return view;
  }

  get viewers(): number {
    return this.#views.size;
  }

  /** Since the start. */
  get stats(): MuxerStats {
    const now = this.#muxer?.stats() ?? { frames: 0, dropped: 0 };
    return { frames: this.#before.frames + now.frames, dropped: this.#before.dropped + now.dropped };
  }

  /** What is being made now; null before the first key frame. */
  get period(): MuxedPeriod | null {
    return this.#period;
  }

  /** Resolves when `period` has become another one, or the stream has ended. */
  get news(): Promise<void> {
    return this.#news;
  }

  /** Nothing is made: it has ended, and begins with the next viewer. */
  get ended(): boolean {
    return this.#muxer === null;
  }

  /** A reader that begins at a key frame of now; if there is none yet, one is asked for. */
  read({ buffer }: MuxedPeriod): ChunkReader {
    if (buffer.startAtKey(FRESH_KEY_MS) === null && !buffer.closed) this.#muxer?.requestKeyFrame();
    // Who falls behind gets no key frame for itself: that would cost all the others.
    const start = { at: 'key', maxAgeMs: FRESH_KEY_MS } as const;
    return new ChunkReader(buffer, { start, whenBehind: 'skip' });
  }

  /** Tells every viewer the end. */
  close(): void {
    this.#before = this.stats;
    this.#muxer?.close();
    this.#muxer = null;
    this.#become(null);
  }

  #open(): void {
    const { native, ring, container } = this.#options;
    try {
      const muxer = native.createMuxer({ ring, container, maxWaitingBytes: WAITING_BYTES }, () =>
        this.#take(muxer),
      );
      this.#muxer = muxer;
    } catch (error) {
      throw new TeecamError('unavailable', `the stream cannot be read now: ${messageOf(error)}`, {
        cause: error,
        details: { retryAfterS: 2 },
      });
    }
    // A transport stream says everything again and again: it goes on whatever the camera becomes.
    this.#become(container === 'ts' ? { header: null, buffer: this.#newBuffer() } : null);
  }

  #leave(view: MuxedView): void {
    this.#views.delete(view);
    if (this.#views.size === 0) this.close();
  }

  #take(muxer: MuxerHandle): void {
    if (muxer !== this.#muxer) return;
    const { chunks, ended } = muxer.take();
    for (const chunk of chunks) this.#publish(chunk);
    if (ended) this.close();
  }

  #publish({ header, key, data, captureNs }: MuxedChunk): void {
    if (header) this.#become({ header: { codecs: header.codecs, data }, buffer: this.#newBuffer() });
    else this.#period?.buffer.publish(data, key, captureNs);
  }

  #become(period: MuxedPeriod | null): void {
    this.#period?.buffer.close();
    this.#period = period;
    const wake = this.#wake;
    this.#news = this.#nextNews();
    wake();
  }

  #newBuffer(): ChunkBuffer {
    const { framerate, clock = systemClock } = this.#options;
    return new ChunkBuffer({
      maxChunks: Math.ceil(framerate * KEPT_SECONDS),
      maxBytes: KEPT_BYTES,
      clock,
    });
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** One viewer's way through the periods of a stream. */
export class MuxedView {
  readonly #stream: MuxedStream;
  readonly #leave: () => void;
  readonly #closing: Promise<void>;
  #wake: () => void = () => {};
  #closed = false;
  #seen: MuxedPeriod | null = null;
  #reader: ChunkReader | null = null;

  constructor(stream: MuxedStream, leave: () => void) {
    this.#stream = stream;
    this.#leave = leave;
    this.#closing = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** The present period, or the one after that which was given last. Null at the end. */
  async next(): Promise<MuxedPeriod | null> {
    while (!this.ended) {
      const { period } = this.#stream;
      if (period && period !== this.#seen) {
        this.#seen = period;
        return period;
      }
      await Promise.race([this.#stream.news, this.#closing]);
    }
    return null;
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.#closed || this.#stream.ended;
  }

  /** Of a period, up to its end, or the viewer's. */
  read(period: MuxedPeriod): ChunkReader {
    this.#reader = this.#stream.read(period);
    return this.#reader;
  }

  /** Twice is once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.close();
    this.#wake();
    this.#leave();
  }
}
