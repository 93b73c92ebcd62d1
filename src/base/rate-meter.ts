const windowNs = 2e9;

/** Turns counters that only grow into rates over the last two seconds. */
export class RateMeter {
  #samples: { atNs: number; counters: Readonly<Record<string, number>> }[] = [];

  add(atNs: number, counters: Readonly<Record<string, number>>): void {
    this.#samples.push({ atNs, counters });
    // One sample older than the window stays: the window begins there.
    while (this.#samples[1] && this.#samples[1].atNs <= atNs - windowNs) this.#samples.shift();
  }

  /** A second; 0 while there is nothing to compare. */
  rate(counter: string): number {
    // A stream that came since is not measured from before.
    const first = this.#samples.find(({ counters }) => counter in counters);
    const last = this.#samples.at(-1);
    if (!first || !last || last.atNs <= first.atNs) return 0;
    const counted = (last.counters[counter] ?? 0) - (first.counters[counter] ?? 0);
    return Math.max(0, counted) / ((last.atNs - first.atNs) / 1e9);
  }

  /** The counters begin at 0 again. */
  reset(): void {
    this.#samples = [];
  }
}
