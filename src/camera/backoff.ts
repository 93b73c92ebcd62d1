/** How long to wait before the next try: longer after each failure, up to the last of the delays. */
export class Backoff {
  readonly #delaysMs: readonly number[];
  #failures = 0;

  constructor(delaysMs: readonly [number, ...number[]]) {
    this.#delaysMs = delaysMs;
  }

  /** Failures since the last `reset`. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the wait that `next` said last is the longest. */
  get atLongest(): boolean {
    return this.#failures >= this.#delaysMs.length;
  }

  /** Counts a failure and says how long to wait. */
  next(): number {
    const index = Math.min(this.#failures, this.#delaysMs.length - 1);
    this.#failures += 1;
    return this.#delaysMs[index] ?? 0;
  }

  reset(): void {
    this.#failures = 0;
  }
}
