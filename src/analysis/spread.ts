/** How a number that was measured many times spreads. But for the count, null while it never was. */
export interface SpreadReport {
  count: number;
  last: number | null;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** Standard deviation. */
  deviation: number | null;
}

/** Keeps what is needed to tell it, and not the numbers. */
export class Spread {
  #count = 0;
  #last = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #mean = 0;
  /** Sum of squared distances from the mean (Welford): sums of squares themselves lose their digits over days. */
  #squares = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    this.#count += 1;
    this.#last = value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    const distance = value - this.#mean;
    this.#mean += distance / this.#count;
    this.#squares += distance * (value - this.#mean);
  }

  /** As if what the other one was given had been given to this one next. */
  merge(later: Spread): void {
    if (later.#count === 0) return;
    const count = this.#count + later.#count;
    const distance = later.#mean - this.#mean;
    this.#squares += later.#squares + (distance * distance * this.#count * later.#count) / count;
    this.#mean += (distance * later.#count) / count;
    this.#count = count;
    this.#last = later.#last;
    this.#min = Math.min(this.#min, later.#min);
    this.#max = Math.max(this.#max, later.#max);
  }

  report(): SpreadReport {
    const count = this.#count;
    if (count === 0) return { count, last: null, min: null, mean: null, max: null, deviation: null };
    return {
      count,
      last: this.#last,
      min: this.#min,
      mean: this.#mean,
      max: this.#max,
      deviation: Math.sqrt(this.#squares / count),
    };
  }
}
