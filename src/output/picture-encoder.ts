/** Pictures from frames, by sharp: one at a time per format, so that a burst of requests cannot take every core. */
import sharp from 'sharp';
import { TeecamError } from '../base/error.js';
import { jpegSize } from './jpeg-size.js';

export type PictureFormat = 'jpeg' | 'webp' | 'png' | 'avif';

export interface PictureShape {
  /** At most so large, in pixels; the aspect is kept, and nothing is enlarged. */
  width: number | null;
  height: number | null;
  format: PictureFormat;
  /** 1 to 100; null: the format's default, and a JPEG that needs no other change stays untouched. */
  quality: number | null;
}

/** Encodes that wait for their turn; more are refused. */
const MAX_WAITING = 16;

export class PictureEncoder {
  readonly #lanes = new Map<PictureFormat, Promise<unknown>>();
  #waiting = 0;

  async encode(jpeg: Buffer, shape: PictureShape): Promise<Buffer> {
    if (isUntouched(jpeg, shape)) return jpeg;
    if (this.#waiting >= MAX_WAITING) {
      throw new TeecamError('too-many', 'too many pictures are being made', {
        expose: true,
        details: { retryAfterS: 1 },
      });
    }
    this.#waiting += 1;
    const turn = this.#lanes.get(shape.format) ?? Promise.resolve();
    const work = turn.then(() => convert(jpeg, shape));
    // The next in the lane waits for the end of this one, however it ends; its failure is its caller's.
    this.#lanes.set(
      shape.format,
      work.catch(() => undefined),
    );
    try {
      return await work;
    } finally {
      this.#waiting -= 1;
    }
  }
}

function isUntouched(jpeg: Buffer, shape: PictureShape): boolean {
  if (shape.format !== 'jpeg' || shape.quality !== null) return false;
  if (shape.width === null && shape.height === null) return true;
  const size = jpegSize(jpeg);
  if (!size) return false;
  return size.width <= (shape.width ?? size.width) && size.height <= (shape.height ?? size.height);
}

async function convert(jpeg: Buffer, { width, height, format, quality }: PictureShape): Promise<Buffer> {
  const image = sharp(jpeg, { failOn: 'error' });
  if (width !== null || height !== null) {
    image.resize({
      ...(width !== null && { width }),
      ...(height !== null && { height }),
      fit: 'inside',
      withoutEnlargement: true,
    });
  }
  try {
    return await image.toFormat(format, quality === null ? {} : { quality }).toBuffer();
  } catch (cause) {
    throw new TeecamError('unavailable', 'the newest frame cannot be decoded', {
      cause,
      expose: true,
      details: { retryAfterS: 1 },
    });
  }
}
