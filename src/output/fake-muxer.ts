/** Muxers for tests of what passes their chunks on. */
import type { MuxedChunk, MuxerHandle, MuxerOptions } from '../native/port.js';

/** A muxer whose chunks the test writes. */
export class FakeMuxer implements MuxerHandle {
  closed = false;
  keyFrameRequests = 0;
  #waiting: MuxedChunk[] = [];
  #ended = false;
  #frames = 0;

  constructor(
    readonly options: MuxerOptions,
    private readonly onNews: () => void,
  ) {}

  /** `k…` is a key frame, `h…` a header that has the rest for its codecs, all else a frame. */
  write(...texts: string[]): void {
    for (const text of texts) {
      const header = text.startsWith('h') ? { codecs: text.slice(1), width: 640, height: 480 } : null;
      const data = Buffer.from(text);
      if (!header) this.#frames += 1;
      this.#waiting.push({ data, key: text.startsWith('k'), captureNs: 0, header });
    }
    this.onNews();
  }
  end(): void {
    this.#ended = true;
    this.onNews();
  }
  take() {
    return { chunks: this.#waiting.splice(0), ended: this.#ended };
  }
  requestKeyFrame(): void {
    this.keyFrameRequests += 1;
  }
  stats() {
    return { frames: this.#frames, dropped: 1 };
  }
  close(): void {
    this.closed = true;
  }
}

/** What has been made so far, and a port that makes more. */
export function fakeMuxers() {
  const made: FakeMuxer[] = [];
  const native = {
    failure: null as Error | null,
    createMuxer(options: MuxerOptions, onNews: () => void): FakeMuxer {
      if (native.failure) throw native.failure;
      const muxer = new FakeMuxer(options, onNews);
      made.push(muxer);
      return muxer;
    },
  };
  const newest = (): FakeMuxer => {
    const muxer = made.at(-1);
    if (!muxer) throw new Error('no muxer was made');
    return muxer;
  };
  return { native, made, newest };
}
