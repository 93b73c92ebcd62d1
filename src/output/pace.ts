/** Thins frames evenly to a rate. Frames are dropped, never moved. */
export class Pace {
  readonly #periodNs: number;
  #nextNs = Number.NEGATIVE_INFINITY;

  constructor(framesPerSecond: number) {
    this.#periodNs = 1e9 / framesPerSecond;
  }

  /** A quarter of a period of grace: frames come with jitter, and 15 of 30 must be every other one. */
  takes(ptsNs: number): boolean {
    if (ptsNs + this.#periodNs / 4 < this.#nextNs) return false;
    const late = ptsNs > this.#nextNs + this.#periodNs;
    this.#nextNs = (late ? ptsNs : this.#nextNs) + this.#periodNs;
    return true;
  }
}
