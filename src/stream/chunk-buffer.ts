/**
 * The bytes of a muxed stream as its readers share them: the newest chunks, bounded in number and bytes. Each
 * reader has its own place and its own pace; one that is too slow finds out by itself, and nobody waits for it.
 * A chunk's bytes are not written to again, so a reader may hold on to them after the buffer has let them go.
 */
import { type Clock, systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';

export interface Chunk {
  /** From 1 on, without gaps. */
  readonly sequence: number;
  /** Where its first byte stands among all that were published. */
  readonly offset: number;
  /** On the buffer's clock. */
  readonly publishedMs: number;
  /** A reader can begin here. */
  readonly key: boolean;
  /** Of the newest frame in it, CLOCK_MONOTONIC; null: not known. */
  readonly captureNs: number | null;
  readonly data: Uint8Array;
}

export interface ChunkBufferOptions {
  maxChunks: number;
  /** The newest chunk stays even if it is larger. */
  maxBytes: number;
  clock?: Clock;
}

/** `lagged`: what was asked for is gone; `oldest` is what is left. `none`: no news. `closed`: nothing more will come. */
export type ChunkRead =
  | { kind: 'chunks'; chunks: readonly Chunk[]; next: number }
  | { kind: 'lagged'; missed: number; oldest: number }
  | { kind: 'none' }
  | { kind: 'closed'; error: Error | null };

export class ChunkBuffer {
  readonly #maxChunks: number;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #chunks: Chunk[] = [];
  #bytes = 0;
  #next = 1;
  #offset = 0;
  #closed: { error: Error | null } | null = null;
  readonly #waiting = new Set<() => void>();

  /** Throws `bad-request` for bounds that leave no room. */
  constructor({ maxChunks, maxBytes, clock = systemClock }: ChunkBufferOptions) {
    if (!(maxChunks >= 1 && maxBytes >= 1)) {
      const bounds = `${maxChunks} chunks and ${maxBytes} bytes`;
      throw new TeecamError(
        'bad-request',
        `a chunk buffer holds at least one chunk of a byte, not ${bounds}`,
      );
    }
    this.#maxChunks = maxChunks;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  /** Takes the bytes over. Throws `closed` after the end. */
  publish(data: Uint8Array, key: boolean, captureNs: number | null = null): void {
    if (this.#closed) throw new TeecamError('closed', 'the chunk buffer is closed');
    const publishedMs = this.#clock.now();
    const [sequence, offset] = [this.#next, this.#offset];
    this.#chunks.push({ sequence, offset, publishedMs, key, captureNs, data });
    this.#next += 1;
    this.#offset += data.byteLength;
    this.#bytes += data.byteLength;
    this.#evict();
    this.#wakeAll();
  }

  /** Sequence number that the next chunk will have: where a reader begins that wants nothing old. */
  get next(): number {
    return this.#next;
  }

  /** Nothing more will be published. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /** Of what is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where a chunk that is kept begins among all bytes; for others, where the next one will. */
  offsetOf(sequence: number): number {
    return this.#at(sequence)?.offset ?? this.#offset;
  }

  /** Where a reader begins that wants at most so many bytes of what was; the live end for 0. */
  startByLag(bytes: number): number {
    return this.#chunks.find((chunk) => this.#offset - chunk.offset <= bytes)?.sequence ?? this.#next;
  }

  /** Where the newest key frame is; null when none is kept that came so lately. */
  startAtKey(maxAgeMs = Number.POSITIVE_INFINITY): number | null {
    const newest = this.#chunks.findLast((chunk) => chunk.key);
    return newest && this.#clock.now() - newest.publishedMs <= maxAgeMs ? newest.sequence : null;
  }

  /** What there is from this sequence number on, up to so many bytes, one chunk at least. */
  read(from: number, maxBytes = Number.POSITIVE_INFINITY): ChunkRead {
    const oldest = this.#chunks[0]?.sequence ?? this.#next;
    if (from < oldest) return { kind: 'lagged', missed: oldest - from, oldest };
    if (from >= this.#next) return this.#closed ? { kind: 'closed', ...this.#closed } : { kind: 'none' };
    const chunks: Chunk[] = [];
    let bytes = 0;
    for (let chunk = this.#at(from); chunk; chunk = this.#at(chunk.sequence + 1)) {
      bytes += chunk.data.byteLength;
      if (chunks.length > 0 && bytes > maxBytes) break;
      chunks.push(chunk);
    }
    return { kind: 'chunks', chunks, next: from + chunks.length };
  }

  /** Resolves when a chunk of this sequence number or a later one is there, or the end. Rejects with the signal's reason. */
  async waitForChange(from: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (from >= this.#next && !this.#closed) await this.#wait(signal);
  }

  /** What is kept can still be read; then readers are told the end, with its error if it has one. */
  close(error: Error | null = null): void {
    if (this.#closed) return;
    this.#closed = { error };
    this.#wakeAll();
  }

  /** What is kept, oldest first. */
  snapshot(): readonly Chunk[] {
    return [...this.#chunks];
  }

  info(): Record<string, unknown> {
    return {
      chunks: this.#chunks.length,
      maxChunks: this.#maxChunks,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      published: this.#next - 1,
      publishedBytes: this.#offset,
      waiting: this.#waiting.size,
      closed: this.closed,
    };
  }

  #at(sequence: number): Chunk | undefined {
    const oldest = this.#chunks[0]?.sequence ?? this.#next;
    return sequence < oldest ? undefined : this.#chunks[sequence - oldest];
  }

  #evict(): void {
    while (this.#chunks.length > this.#maxChunks || this.#bytes > this.#maxBytes) {
      if (this.#chunks.length === 1) return;
      this.#bytes -= this.#chunks.shift()?.data.byteLength ?? 0;
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting.delete(settle);
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#waiting.delete(settle);
        reject(signal?.reason);
      };
      this.#waiting.add(settle);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
