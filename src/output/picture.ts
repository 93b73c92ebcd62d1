/** Single pictures of a JPEG stream, in the size and format asked for. */
import { TeecamError } from '../base/error.js';
import type { Pad } from '../stream/pad.js';
import { NextFrame, type StillFrame } from './next-frame.js';
import { PictureEncoder, type PictureShape } from './picture-encoder.js';

export interface PictureRequest extends PictureShape {
  /** A picture up to so old will do. 0: the newest. */
  maxAgeMs: number;
}

export interface Picture {
  body: Buffer;
  contentType: string;
  /** Capture, CLOCK_REALTIME. */
  captureRealtimeNs: number;
}

export interface PictureOptions {
  /** How long a request waits for a frame. */
  deadlineMs?: number;
  /** One AVIF of a noisy 1080p frame was measured to cost 21 s of CPU, so it is off unless allowed. */
  allowAvif?: boolean;
}

interface Made {
  picture: Picture;
  ptsNs: number;
}

/** Finished pictures kept for `maxAge`, one for each shape that was asked for lately. */
const MAX_KEPT = 8;

export class PictureOutput {
  #frames: NextFrame;
  readonly #deadlineMs: number;
  readonly #encoder = new PictureEncoder();
  readonly #allowAvif: boolean;
  /** By shape and frame: the same request made twice is one piece of work. */
  readonly #running = new Map<string, Promise<Picture>>();
  /** By shape, oldest first. */
  readonly #kept = new Map<string, Made>();

  constructor(pad: Pad, options: PictureOptions = {}) {
    this.#deadlineMs = options.deadlineMs ?? 5000;
    this.#frames = new NextFrame(pad, this.#deadlineMs);
    this.#allowAvif = options.allowAvif ?? false;
  }

  /** Its frames come from another pad now. */
  follow(pad: Pad): void {
    this.#frames = new NextFrame(pad, this.#deadlineMs);
    this.#kept.clear();
  }

  /** Throws `unavailable` without a frame, `not-acceptable` for AVIF while that is off, `too-many` under load. */
  async picture(request: PictureRequest): Promise<Picture> {
    const { width, height, format, quality, maxAgeMs } = request;
    if (format === 'avif' && !this.#allowAvif) {
      throw new TeecamError(
        'not-acceptable',
        'AVIF costs seconds of CPU a picture and is off; ask for webp',
        {
          expose: true,
        },
      );
    }
    const shape = [format, width, height, quality].join();
    const kept = this.#kept.get(shape);
    if (kept && Number(process.hrtime.bigint()) - kept.ptsNs <= maxAgeMs * 1e6) return kept.picture;

    const frame = await this.#frames.take();
    const key = `${shape}@${frame.sequence}`;
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const work = this.#make(shape, frame, request).finally(() => this.#running.delete(key));
    this.#running.set(key, work);
    return work;
  }

  async #make(shape: string, frame: StillFrame, request: PictureShape): Promise<Picture> {
    const body = await this.#encoder.encode(frame.jpeg, request);
    const { captureRealtimeNs, ptsNs } = frame;
    const picture = { body, contentType: `image/${request.format}`, captureRealtimeNs };
    this.#keep(shape, { picture, ptsNs });
    return picture;
  }

  #keep(shape: string, made: Made): void {
    this.#kept.delete(shape);
    this.#kept.set(shape, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}
