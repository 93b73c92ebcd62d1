import type { Log } from '../base/log.js';

/** What has been opened, closed in the opposite order. One that fails does not keep the others from closing. */
export class Closers {
  readonly #log: Log;
  #all: { what: string; close: () => Promise<void> | void }[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  add(what: string, close: () => Promise<void> | void): void {
    this.#all.push({ what, close });
  }

  async close(): Promise<void> {
    for (let last = this.#all.pop(); last; last = this.#all.pop()) {
      try {
        await last.close();
      } catch (error) {
        this.#log.error({ err: error }, `${last.what} cannot be closed`);
      }
    }
  }
}
