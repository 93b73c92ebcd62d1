import { type Clock, systemClock, type Timer } from '../base/clock.js';
import { TokenBucket } from './token-bucket.js';

export type ThrottleMode = 'disabled' | 'realtime' | 'burst' | 'adaptive';

export interface ThrottleRules {
  mode: ThrottleMode;
  /** What a session is sent; null: a second of the stream takes a second. */
  bitrateBps: number | null;
  /** With `burst`: so much goes at once, as time at that rate. */
  burstMs: number;
}

/** What waits to be sent. */
export interface Piece {
  /** From piece to piece one more; more than that, and something was left out. */
  readonly sequence: number;
  /** CLOCK_MONOTONIC; null: not known. */
  readonly captureNs: number | null;
  readonly data: Uint8Array;
}

/** `adaptive`: so much more than the client took in the last second, so that one that can take more shows it. */
const GROWTH = 1.25;
const MEASURE_MS = 1000;

/** Holds the pieces of one session back, so that they leave no faster than they may. */
export class Throttle {
  readonly mode: ThrottleMode;
  readonly #bitrateBps: number | null;
  readonly #clock: Clock;
  /** In milliseconds, of the stream or of the bitrate. */
  readonly #bucket: TokenBucket;
  #taken = 0;
  #takenSinceMs: number;
  #last: Piece | null = null;
  #hold: { timer: Timer; end: () => void } | null = null;
  #ended = false;

  constructor({ mode, bitrateBps, burstMs }: ThrottleRules, clock: Clock = systemClock) {
    this.mode = mode;
    this.#bitrateBps = bitrateBps;
    this.#clock = clock;
    this.#takenSinceMs = clock.now();
    this.#bucket = new TokenBucket(mode === 'burst' ? burstMs : 0, this.#takenSinceMs);
  }

  /**
   * Resolves when the piece may leave, or the throttle ends, with the
   * milliseconds that it was held. One at a time, once the client has room.
   */
  async pass(piece: Piece): Promise<number> {
    if (this.mode === 'disabled' || this.#ended) return 0;
    const began = this.#clock.now();
    const owedMs = this.#owedMs(piece, began);
    if (owedMs > 0) await this.#wait(owedMs);
    return this.#clock.now() - began;
  }

  /** Nothing is held any more. */
  end(): void {
    this.#ended = true;
    this.#hold?.timer.cancel();
    this.#hold?.end();
  }

  #owedMs(piece: Piece, now: number): number {
    const cost = this.#last ? this.#cost(this.#last, piece) : 0;
    this.#last = piece;
    this.#bucket.spend(cost);
    if (this.mode === 'adaptive') this.#adapt(cost, now);
    return this.#bucket.owedMs(now);
  }

  /** The client has room only for what it takes, so what passes here is its own pace. */
  #adapt(cost: number, now: number): void {
    this.#taken += cost;
    const ms = now - this.#takenSinceMs;
    if (ms < MEASURE_MS) return;
    this.#bucket.rate = Math.max(1, (GROWTH * this.#taken) / ms);
    this.#taken = 0;
    this.#takenSinceMs = now;
  }

  /** Of a piece, known when the next one comes. */
  #cost(piece: Piece, next: Piece): number {
    if (this.#bitrateBps !== null) return (8000 * piece.data.byteLength) / this.#bitrateBps;
    // Who has skipped to now shall not be held back for what it missed.
    if (next.sequence !== piece.sequence + 1) return 0;
    if (piece.captureNs === null || next.captureNs === null) return 0;
    return Math.max(0, (next.captureNs - piece.captureNs) / 1e6);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#hold = null;
        resolve();
      };
      this.#hold = { timer: this.#clock.after(ms, end), end };
    });
  }
}
