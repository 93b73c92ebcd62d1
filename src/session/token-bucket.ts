/**
 * Credit that grows with time, up to a bound. Whatever is spent is owed at once,
 * so the order is: spend, ask, wait. Time that passes while something is owed
 * counts whole, also when whoever waited is woken late: a bucket that is always
 * in debt is exact, however long.
 */
export class TokenBucket {
  /** Growth a millisecond. */
  rate = 1;
  readonly #capacity: number;
  #credit: number;
  #atMs: number;

  /** Full, at first. */
  constructor(capacity: number, nowMs: number) {
    this.#capacity = capacity;
    this.#credit = capacity;
    this.#atMs = nowMs;
  }

  spend(cost: number): void {
    this.#credit -= cost;
  }

  /** How long until nothing is owed. */
  owedMs(nowMs: number): number {
    this.#credit = Math.min(this.#capacity, this.#credit + this.rate * (nowMs - this.#atMs));
    this.#atMs = nowMs;
    return Math.max(0, -this.#credit / this.rate);
  }
}
