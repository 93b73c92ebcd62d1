import type { RejectFilter } from './filter.js';
import type { AnyMessage } from './message.js';

/** Whatever consumes a stream in this process. The pad does not own it. */
export interface Target {
  /** Kinds it does not want; read once, when it is connected. */
  readonly rejects: RejectFilter;
  /**
   * Takes over the message and must release it. Called on the event loop, one
   * call per message, in order; it must return soon. If it throws (or its
   * promise rejects), the message is released for it and the failure reported;
   * the target stays connected.
   */
  deliver(message: AnyMessage): void | Promise<void>;
  /** What this target is and how it fares, for diagnosis. */
  info?(): Record<string, unknown>;
}

/** A target's place on a pad. */
export interface Connection extends Disposable {
  readonly connected: boolean;
  /** Nothing is delivered after it, not even the message under way to the others. Twice does no harm. */
  disconnect(): void;
}

export interface TargetFailure {
  pad: string;
  target: Record<string, unknown>;
  /** The newest. */
  error: unknown;
  /** How many times it failed since the report before, this one counted. */
  times: number;
}
