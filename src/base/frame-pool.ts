const granule = 64 * 1024;
/** Frames that travel to targets at the same time come from here; more than this are rarely held at once. */
const maxFree = 8;

/** Memory for the frames of one stream, used again and again, so that the garbage collector has nothing to do. */
export class FramePool {
  #free: Buffer[] = [];
  #size = granule;

  /** At least as large as any frame so far. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** Frames have become larger than what was handed out until now. */
  grow(needed: number): void {
    // Half as much again: the size of encoded frames wanders.
    this.#size = Math.ceil((needed * 1.5) / granule) * granule;
    this.#free = [];
  }

  /** Nobody reads it any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#size && this.#free.length < maxFree) this.#free.push(buffer);
  }

  clear(): void {
    this.#free = [];
  }
}
