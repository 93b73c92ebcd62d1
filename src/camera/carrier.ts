/**
 * What carries the messages of a camera core: a worker's descriptor 3, or the
 * addon in this process. A carrier knows lines, not what they mean.
 */
export interface Carrier {
  /** Process id of the worker; null in process. */
  readonly pid: number | null;
  /** Hands over one command. Never blocks; after the end it goes nowhere. */
  send(json: string): void;
  /** Ends the core without asking it. `onEnd` follows. Twice is once. */
  kill(): void;
  /** Nothing can end it: its end is not waited for any more. `onEnd` follows, unless it has come. */
  abandon(): void;
}

export interface CarrierEnds {
  onMessage(json: string): void;
  /** Exactly once, after the last message; `how` is a sentence for the log. */
  onEnd(how: string): void;
}

/** Starts a core. Never throws: a core that cannot be started has ended. */
export type StartCarrier = (ends: CarrierEnds) => Carrier;
