import sharp from 'sharp';

/** Along each side: the decoder scales a picture down while it reads it, 8 ms of one core for 1080p. */
const samples = 24;

/** How bright JPEG pictures are: measured beside the event loop, one at a time. */
export class JpegBrightness {
  #measured: number | null = null;
  #busy = false;

  /** Of the picture before; measures this one, of which it makes a copy. Null before the first, and after a broken one. */
  next(jpeg: Uint8Array): number | null {
    if (!this.#busy) void this.#measure(Buffer.from(jpeg));
    return this.#measured;
  }

  async #measure(jpeg: Buffer): Promise<void> {
    this.#busy = true;
    try {
      const pixels = await sharp(jpeg).greyscale().resize(samples, samples, { fit: 'fill' }).raw().toBuffer();
      this.#measured = pixels.reduce((sum, pixel) => sum + pixel, 0) / (pixels.length * 255);
    } catch {
      this.#measured = null; // a picture that cannot be decoded is no news: its readers see it too
    } finally {
      this.#busy = false;
    }
  }
}
