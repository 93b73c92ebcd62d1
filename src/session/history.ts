import type { SessionFacts } from './facts.js';

/** Sessions that ended, the newest first. */
export class History {
  readonly #bound: number;
  /** The newest last: that is where they are added. */
  readonly #kept: SessionFacts[] = [];
  #forgotten = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Those that there is no room for any more, since the start. */
  get forgotten(): number {
    return this.#forgotten;
  }

  add(session: SessionFacts): void {
    this.#kept.push(session);
    if (this.#kept.length <= this.#bound) return;
    this.#kept.shift();
    this.#forgotten += 1;
  }

  /** The newest first. */
  find(wanted: (session: SessionFacts) => boolean): SessionFacts[] {
    return this.#kept.filter(wanted).reverse();
  }
}
