/** Reading a ring from TypeScript: the public class of `import { Ring } from 'teecam'`. */
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { FramePool } from '../base/frame-pool.js';
import { ringName } from '../ring/layout.js';
import { loadNative } from './load.js';
import type { FrameInfo, NativePort, RingInfo, RingReaderHandle } from './port.js';

/** Codecs whose frames need the ones before them. */
const coded: readonly string[] = ['H264', 'HEVC'];

export interface RingOpenOptions {
  /** The profile's `instance`, if it names one. */
  instance?: string;
  /** Takes the place of the addon in tests. */
  native?: Pick<NativePort, 'openRing'>;
}

/** A frame, copied out of the ring into memory that is used again: release it, or say `using`. */
export class RingFrame implements Disposable {
  readonly info: FrameInfo;
  /** Frames skipped since the one before. */
  readonly missed: number;
  #data: Buffer | null;
  #release: () => void;

  constructor(info: FrameInfo, missed: number, data: Buffer, release: () => void) {
    this.info = info;
    this.missed = missed;
    this.#data = data;
    this.#release = release;
  }

  /** The frame's bytes; planes and strides are in `info.planes`. Throws `closed` after release(). */
  get data(): Buffer {
    if (this.#data === null) throw new TeecamError('closed', `frame ${this.info.sequence} was released`);
    return this.#data;
  }

  /** Milliseconds since it was captured. */
  get ageMs(): number {
    return Number(process.hrtime.bigint()) / 1e6 - this.info.captureNs / 1e6;
  }

  release(): void {
    if (this.#data === null) return;
    this.#data = null;
    this.#release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * The frames of one stream, in order, each once. Being open is what makes the
 * camera's worker fill the ring. Follows the ring when it is replaced; ends
 * when the appliance closes the stream. Keeps the process alive until closed.
 */
export class Ring implements AsyncIterable<RingFrame>, Disposable {
  readonly #reader: RingReaderHandle;
  readonly #pool = new FramePool();
  #wakes: (() => void)[] = [];
  #open = true;
  #missed = 0;
  /** Frames up to this one are from before this reader came. */
  #stale: number;
  #started = false;

  private constructor(native: Pick<NativePort, 'openRing'>, path: string) {
    try {
      this.#reader = native.openRing(path, () => this.#wake());
    } catch (error) {
      throw asTeecamError(error, path);
    }
    const { fresh, fourcc, newest } = this.#reader.info();
    // The newest picture of a stream that runs is welcome; that of one that slept may be hours old.
    this.#stale = fresh && !coded.includes(fourcc) ? newest - 1 : newest;
  }

  /**
   * Throws TeecamError: `not-found` (no such stream, or no appliance runs),
   * `no-permission`, `ring-unusable` (damaged), `missing-native`.
   */
  static open(camera: string, stream: string, options: RingOpenOptions = {}): Ring {
    const path = `/dev/shm/${ringName(options.instance, camera, stream)}`;
    return new Ring(options.native ?? loadNative(), path);
  }

  /** Format and state of now. Throws `closed` after close(). */
  get info(): RingInfo {
    return this.#reader.info();
  }

  /** Frames skipped since the first one read. */
  get missed(): number {
    return this.#missed;
  }

  /** How often another file was followed. */
  get reopened(): number {
    return this.#reader.reopened;
  }

  /** The newest frame not yet read; waits for one. Null: the ring has ended or was closed. */
  latest(): Promise<RingFrame | null> {
    return this.#read('latest');
  }

  /** Asks for a key frame, which comes within a frame or two. At most twice a second one is made. */
  requestKeyFrame(): void {
    this.#reader.requestKeyFrame();
  }

  /** Frame by frame, from a key frame on. Leaving the loop leaves the ring open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RingFrame, void, undefined> {
    for (;;) {
      const frame = await this.#read(this.#started ? 'next' : 'key');
      if (frame === null) return;
      yield frame;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#reader.close();
    this.#pool.clear();
    this.#wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #read(mode: 'next' | 'latest' | 'key'): Promise<RingFrame | null> {
    while (this.#open) {
      const buffer = this.#pool.take();
      const result = this.#reader.read(buffer, mode);
      // A file that was followed has no frames from before, whatever its numbers are.
      const fresh =
        this.#reader.reopened > 0 || (result.kind === 'frame' && result.frame.sequence > this.#stale);
      if (result.kind === 'frame' && fresh) {
        const { frame } = result;
        const missed = this.#started ? result.missed : 0;
        this.#started = true;
        this.#missed += missed;
        const data = buffer.subarray(0, frame.size);
        return new RingFrame(frame, missed, data, () => this.#open && this.#pool.give(buffer));
      }
      this.#pool.give(buffer);
      if (result.kind === 'closed') return null;
      if (result.kind === 'buffer-too-small') this.#pool.grow(result.needed);
      if (result.kind === 'none') await this.#news();
    }
    return null;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakes.push(resolve);
      this.#reader.rearm();
    });
  }

  #wake(): void {
    const wakes = this.#wakes;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }
}

function asTeecamError(error: unknown, path: string): unknown {
  const options = { cause: error, details: { path } };
  switch (codeOf(error)) {
    case 'not-found':
      return new TeecamError(
        'not-found',
        `there is no ring ${path}: is Teecam running, with this stream?`,
        options,
      );
    case 'no-permission':
      return new TeecamError('no-permission', messageOf(error), options);
    case 'malformed':
      return new TeecamError('ring-unusable', messageOf(error), options);
    default:
      return error;
  }
}
