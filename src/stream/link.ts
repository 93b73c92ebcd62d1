/** A target's place on a pad, as the pad keeps it. */
import type { Clock } from '../base/clock.js';
import type { RejectFilter } from './filter.js';
import type { AnyMessage } from './message.js';
import type { Connection, Target, TargetFailure } from './target.js';

/** A target that fails does so with every message, thirty times a second; one report a second tells it all. */
const reportEveryMs = 1000;

export interface LinkOwner {
  readonly name: string;
  readonly clock: Clock;
  onTargetFailure(failure: TargetFailure): void;
  unlink(link: Link): void;
}

export class Link implements Connection {
  readonly target: Target;
  readonly rejects: RejectFilter;
  readonly #owner: LinkOwner;
  #connected = true;
  #delivered = 0;
  #failures = 0;
  #unreported = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(owner: LinkOwner, target: Target) {
    this.#owner = owner;
    this.target = target;
    this.rejects = target.rejects;
  }

  get connected(): boolean {
    return this.#connected;
  }

  disconnect(): void {
    if (!this.#connected) return;
    this.#connected = false;
    this.#owner.unlink(this);
  }

  /** Its pad has let go of it already. */
  padLeft(): void {
    this.#connected = false;
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  /** Gives the message away. */
  hand(message: AnyMessage): void {
    message.origin = this.#owner.name;
    this.#delivered += 1;
    try {
      const result = this.target.deliver(message);
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(message, error));
    } catch (error) {
      this.#failed(message, error);
    }
  }

  /** Something of the target's threw. */
  report(error: unknown): void {
    this.#failures += 1;
    this.#unreported += 1;
    const now = this.#owner.clock.now();
    if (now - this.#reportedMs < reportEveryMs) return;
    this.#reportedMs = now;
    const times = this.#unreported;
    this.#unreported = 0;
    this.#owner.onTargetFailure({ pad: this.#owner.name, target: this.#describe(), error, times });
  }

  info(): Record<string, unknown> {
    return { ...this.#describe(), delivered: this.#delivered, failures: this.#failures };
  }

  #failed(message: AnyMessage, error: unknown): void {
    message.release();
    this.report(error);
  }

  #describe(): Record<string, unknown> {
    try {
      return this.target.info?.() ?? { kind: 'target' };
    } catch (error) {
      return { kind: 'target', infoFailed: String(error) };
    }
  }
}
