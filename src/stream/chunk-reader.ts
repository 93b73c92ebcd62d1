import { TeecamError } from '../base/error.js';
import type { Chunk, ChunkBuffer } from './chunk-buffer.js';

/** `live`: with what comes next. `key`: at the newest key frame, or the next one if none is kept, or none so new. */
export type ChunkStart = { at: 'live' } | { at: 'key'; maxAgeMs?: number } | { at: 'lag'; bytes: number };

export interface ChunkReaderOptions {
  start: ChunkStart;
  /** `skip`: goes on where a new reader would start, and counts in `lagged`. `disconnect`: ends with the error `lagged`. */
  whenBehind: 'skip' | 'disconnect';
  /** Ends the iteration with its reason. */
  signal?: AbortSignal;
}

/** One reader's way through a chunk buffer. What it missed shows in the chunks' sequence numbers too. */
export class ChunkReader implements AsyncIterableIterator<Chunk>, Disposable {
  readonly #buffer: ChunkBuffer;
  readonly #options: ChunkReaderOptions;
  readonly #ending = new AbortController();
  #next: number;
  /** Only a key chunk can be begun with. */
  #seeksKey = false;
  /** Where the last chunk ended, or the first should have begun. */
  #position: { sequence: number; offset: number };
  #behind = false;
  #lagged = { times: 0, chunks: 0, bytes: 0 };

  constructor(buffer: ChunkBuffer, options: ChunkReaderOptions) {
    this.#buffer = buffer;
    this.#options = options;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#next = this.#begin();
    this.#position = { sequence: this.#next, offset: buffer.offsetOf(this.#next) };
  }

  /** How often it fell behind, and what it missed for that. */
  get lagged(): Readonly<{ times: number; chunks: number; bytes: number }> {
    return this.#lagged;
  }

  /** Throws `lagged` if the policy is to disconnect, and the buffer's error if it was closed with one. */
  async next(): Promise<IteratorResult<Chunk, undefined>> {
    const { signal } = this.#ending;
    for (;;) {
      this.#options.signal?.throwIfAborted();
      if (signal.aborted) return { done: true, value: undefined };
      const result = this.#buffer.read(this.#next, 1);
      switch (result.kind) {
        case 'chunks':
          for (const chunk of result.chunks) {
            this.#next = chunk.sequence + 1;
            if (this.#takes(chunk)) return { done: false, value: chunk };
          }
          break;
        case 'lagged':
          this.#fallBehind(result.missed);
          break;
        case 'closed':
          this.close();
          if (result.error) throw result.error;
          break;
        case 'none':
          // Being closed, by whomever, is looked at above.
          await this.#buffer.waitForChange(this.#next, signal).catch(() => {});
      }
    }
  }

  close(): void {
    this.#ending.abort();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  return(): Promise<IteratorResult<Chunk, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly #onAbort = () => this.#ending.abort();

  #begin(): number {
    const { start } = this.#options;
    if (start.at === 'lag') return this.#buffer.startByLag(start.bytes);
    const key = start.at === 'key' ? this.#buffer.startAtKey(start.maxAgeMs) : null;
    this.#seeksKey = start.at === 'key';
    return key ?? this.#buffer.next;
  }

  #takes(chunk: Chunk): boolean {
    if (this.#seeksKey && !chunk.key) return false;
    this.#seeksKey = false;
    if (this.#behind) {
      this.#behind = false;
      this.#lagged.chunks += chunk.sequence - this.#position.sequence;
      this.#lagged.bytes += chunk.offset - this.#position.offset;
    }
    this.#position = { sequence: chunk.sequence + 1, offset: chunk.offset + chunk.data.byteLength };
    return true;
  }

  #fallBehind(missed: number): void {
    this.#lagged.times += 1;
    this.#behind = true;
    if (this.#options.whenBehind === 'skip') {
      this.#next = this.#begin();
      return;
    }
    this.close();
    throw new TeecamError('lagged', `a reader fell ${missed} chunks behind what is kept`, {
      details: { missed },
    });
  }
}
