const granule = 64 * 1024;
/** Frames that travel to targets at the same time come from here; more than this are rarely held at once. */
const maxFree = 8;
const smallest = 1024;

/** Memory for the frames of one stream, used again and again, so that the garbage collector has nothing to do. */
export class FramePool {
  #free: Buffer[] = [];
  #size = granule;
  /** By size, powers of two. */
  readonly #fitted = new Map<number, Buffer[]>();

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

  /**
   * The first `length` bytes, in memory of at most twice their number, which takes the other's place. A delta frame
   * of 2 kB that waits in a queue, bounded by its 2 kB, must not hold the memory of a key frame.
   */
  fit(buffer: Buffer, length: number): Buffer {
    if (buffer.length <= Math.max(2 * length, smallest)) return buffer;
    let size = smallest;
    while (size < length) size *= 2;
    const fitted = this.#fitted.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
    buffer.copy(fitted, 0, 0, length);
    this.give(buffer);
    return fitted;
  }

  /** Nobody reads it any more. */
  give(buffer: Buffer): void {
    const free = buffer.length === this.#size ? this.#free : this.#fittedOf(buffer.length);
    if (free && free.length < maxFree) free.push(buffer);
  }

  clear(): void {
    this.#free = [];
    this.#fitted.clear();
  }

  /** Null for memory from before the frames grew. */
  #fittedOf(size: number): Buffer[] | null {
    if (size >= this.#size || (size & (size - 1)) !== 0) return null;
    const free = this.#fitted.get(size) ?? [];
    this.#fitted.set(size, free);
    return free;
  }
}
