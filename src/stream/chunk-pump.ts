import { type Clock, systemClock, type Timer } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { ChunkBuffer } from './chunk-buffer.js';

/** Of an MPEG transport stream. */
export const TS_PACKET_BYTES = 188;

export interface ChunkPumpOptions {
  /** So many bytes make a chunk. */
  chunkBytes: number;
  /** What waits for so long makes a chunk, however little it is. */
  flushMs: number;
  /** Chunks are whole multiples of so many bytes: 188 for MPEG-TS. */
  alignBytes?: number;
  clock?: Clock;
}

export interface ChunkPumpStats {
  bytesIn: number;
  bytesPublished: number;
  chunksPublished: number;
  /** On the pump's clock; null: never. */
  lastInMs: number | null;
  lastPublishedMs: number | null;
}

/** Makes chunks of a muxer's bytes, by size or by time, whichever comes first. Copies, and never blocks. */
export class ChunkPump {
  readonly #buffer: ChunkBuffer;
  readonly #flushMs: number;
  readonly #align: number;
  readonly #clock: Clock;
  readonly #pending: Uint8Array;
  #length = 0;
  #key = false;
  #timer: Timer | null = null;
  #ended = false;
  #stats: ChunkPumpStats = {
    bytesIn: 0,
    bytesPublished: 0,
    chunksPublished: 0,
    lastInMs: null,
    lastPublishedMs: null,
  };

  /** Throws `bad-request` when a chunk is smaller than its alignment. */
  constructor(buffer: ChunkBuffer, options: ChunkPumpOptions) {
    const { chunkBytes, flushMs, alignBytes = 1, clock = systemClock } = options;
    if (!(alignBytes >= 1 && chunkBytes >= alignBytes)) {
      throw new TeecamError(
        'bad-request',
        `a chunk of ${chunkBytes} bytes cannot be aligned to ${alignBytes} bytes`,
      );
    }
    this.#buffer = buffer;
    this.#flushMs = flushMs;
    this.#align = alignBytes;
    this.#clock = clock;
    this.#pending = new Uint8Array(chunkBytes - (chunkBytes % alignBytes));
  }

  get stats(): Readonly<ChunkPumpStats> {
    return this.#stats;
  }

  /** `key`: a reader can begin with these bytes, so they begin a chunk. Throws `closed` after the end. */
  write(bytes: Uint8Array, key = false): void {
    if (this.#ended) throw new TeecamError('closed', 'the chunk pump has ended');
    this.#stats.bytesIn += bytes.byteLength;
    this.#stats.lastInMs = this.#clock.now();
    if (key) {
      this.flush();
      this.#key = true;
    }
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + this.#pending.length - this.#length);
      this.#pending.set(part, this.#length);
      this.#length += part.byteLength;
      at += part.byteLength;
      if (this.#length === this.#pending.length) this.flush();
    }
    if (this.#length > 0)
      this.#timer ??= this.#clock.after(this.#flushMs, () => {
        if (!this.#buffer.closed) this.flush();
      });
  }

  /** Publishes what waits, but for what does not fill the alignment. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const whole = this.#length - (this.#length % this.#align);
    if (whole === 0) return;
    // A copy of its exact size: the buffer's bound counts what is really held.
    this.#buffer.publish(this.#pending.slice(0, whole), this.#key);
    this.#pending.copyWithin(0, whole, this.#length);
    this.#length -= whole;
    this.#key = false;
    this.#stats.bytesPublished += whole;
    this.#stats.chunksPublished += 1;
    this.#stats.lastPublishedMs = this.#clock.now();
  }

  /** Publishes what is whole, and closes the buffer. */
  end(error: Error | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.flush();
    this.#timer?.cancel();
    this.#buffer.close(error);
  }
}
