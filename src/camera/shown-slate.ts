import { isDeepStrictEqual } from 'node:util';
import { codeOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { Reason } from './messages.js';
import type { SlateNews } from './slate-file.js';

/** Where a core finds the picture to show; a `SlateFile`. */
export interface Slate {
  readonly path: string;
  draw(news: SlateNews): Promise<void>;
  remove(): Promise<void>;
}

export interface ShownSlateOptions {
  slate: Slate;
  log: Log;
  /** What there is to say now. */
  news(): SlateNews;
  /** Has the core read the file. Rejects with `closed` where there is none. */
  show(reason: Reason | null): Promise<void>;
}

/** Keeps a camera's slate telling what is so. */
export class ShownSlate {
  readonly #options: ShownSlateOptions;
  /** What the file says, and whether the core has read that. */
  #drawn: SlateNews | null = null;
  #shown = false;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ShownSlateOptions) {
    this.#options = options;
  }

  /** Whether the file speaks of a fault. */
  get tellsFault(): boolean {
    return (this.#drawn?.reason ?? null) !== null;
  }

  /** What was asked for so far has been shown. */
  get settled(): Promise<void> {
    return this.#turn;
  }

  /** The one with which a core starts. */
  async begin(): Promise<void> {
    this.#drawn = this.#options.news();
    await this.#options.slate.draw(this.#drawn);
  }

  /** Another core reads it from now on, or it looks different. */
  forget(): void {
    this.#shown = false;
  }

  /** One after another; a fault that is over before its turn is not drawn. */
  update(): void {
    const { slate, log, news, show } = this.#options;
    const { reason } = news();
    this.#turn = this.#turn.then(async () => {
      const now = news();
      const known = this.#shown && isDeepStrictEqual(now, this.#drawn);
      if (this.#closed || known || now.reason !== reason) return;
      try {
        await slate.draw(now);
        this.#drawn = now;
        await show(reason);
        this.#shown = true;
      } catch (error) {
        // The slate before it stays; whether the core lives is the keeper's business.
        if (codeOf(error) !== 'closed') log.error({ err: error }, 'the slate cannot be drawn');
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    await this.#options.slate.remove();
  }
}
