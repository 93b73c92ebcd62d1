import type { Clock } from '../base/clock.js';
import { RateMeter } from '../base/rate-meter.js';
import { type EndReason, isFault, type SessionFacts, type SessionState, type Viewer } from './facts.js';
import type { ThrottleMode } from './throttle.js';

/** Without a byte for so long a session is idle. */
export const IDLE_AFTER_MS = 5000;
/** A write that takes less is this machine's doing, not the client's. */
const BLOCKED_FROM_MS = 100;

export interface SessionRequest extends Viewer {
  /** Without it, `disabled`. */
  throttle?: ThrottleMode | undefined;
  /** Ends the connection, now. Whoever watches the connection then says `closed()`. */
  end(reason: EndReason): void;
}

/** What is counted elsewhere, such as by native code: all of it since the session began. */
export interface Measured {
  bytes: number;
  frames: number;
  dropped: number;
  frameAgeMs: number | null;
  waitingBytes: number;
  /** Nothing of what waits has left for so long. */
  blockedForMs: number;
  /** The same, of all times. */
  blockedMs: number;
}

export interface SessionOptions {
  id: string;
  clock: Clock;
  /** Milliseconds since 1970. */
  wallMs(): number;
  onClosed(session: Session): void;
}

interface Write {
  atMs: number;
  bytes: number;
}

/** One viewer of one way out of a stream: created → active ↔ idle → error → disconnected. */
export class Session {
  readonly id: string;
  readonly viewer: Viewer;
  readonly #options: SessionOptions;
  readonly #throttle: ThrottleMode;
  readonly #end: (reason: EndReason) => void;
  readonly #beganMs: number;
  readonly #beganWallMs: number;
  readonly #rates = new RateMeter();
  /** Writes under way, the oldest first. */
  readonly #writes: Write[] = [];
  #reason: EndReason | null = null;
  #ending = false;
  #endedMs: number | null = null;
  #lastTakenMs: number;
  #bytes = 0;
  #frames = 0;
  #dropped = 0;
  #frameAgeMs: number | null = null;
  #waitingBytes = 0;
  #blockedMs = 0;
  #heldMs = 0;
  /** Where it is counted elsewhere. */
  #blockedForMs = 0;

  constructor({ end, throttle = 'disabled', ...viewer }: SessionRequest, options: SessionOptions) {
    this.id = options.id;
    this.viewer = viewer;
    this.#options = options;
    this.#throttle = throttle;
    this.#end = end;
    this.#beganMs = this.#lastTakenMs = options.clock.now();
    this.#beganWallMs = options.wallMs();
    this.sample();
  }

  get state(): SessionState {
    if (this.#endedMs !== null) return 'disconnected';
    if (this.#reason !== null && isFault(this.#reason)) return 'error';
    if (this.#bytes === 0) return 'created';
    return this.idleForMs < IDLE_AFTER_MS ? 'active' : 'idle';
  }

  /** Null until it is to end. */
  get reason(): EndReason | null {
    return this.#reason;
  }

  /** Since the client took something. */
  get idleForMs(): number {
    return this.#now() - this.#lastTakenMs;
  }

  /** How long the oldest write under way has waited. */
  get blockedForMs(): number {
    const [oldest] = this.#writes;
    return oldest ? this.#now() - oldest.atMs : this.#blockedForMs;
  }

  /** Handed to the socket and not taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** A write begins. `ageMs`: of the newest frame in it, since its capture. */
  handed(bytes: number, frames = 0, ageMs: number | null = null): void {
    this.#writes.push({ atMs: this.#now(), bytes });
    this.#waitingBytes += bytes;
    this.#frames += frames;
    if (ageMs !== null) this.#frameAgeMs = ageMs;
  }

  /** The oldest write under way is done. */
  taken(): void {
    const blockedMs = this.#blockedNowMs();
    const write = this.#writes.shift();
    if (!write) return;
    this.#waitingBytes -= write.bytes;
    this.#bytes += write.bytes;
    this.#blockedMs += blockedMs;
    this.#lastTakenMs = this.#now();
  }

  /** Frames that the client was too slow for. */
  dropped(frames: number): void {
    this.#dropped += frames;
  }

  /** The throttle has kept a frame waiting. */
  held(ms: number): void {
    this.#heldMs += ms;
  }

  /** Where bytes do not pass through `handed`. */
  measured(now: Measured): void {
    if (now.bytes > this.#bytes) this.#lastTakenMs = this.#now();
    this.#bytes = now.bytes;
    this.#frames = now.frames;
    this.#dropped = now.dropped;
    this.#frameAgeMs = now.frameAgeMs;
    this.#waitingBytes = now.waitingBytes;
    this.#blockedMs = now.blockedMs;
    this.#blockedForMs = now.blockedForMs;
  }

  /** For the rates; once a second. */
  sample(): void {
    this.#rates.add(this.#now() * 1e6, { bytes: this.#bytes, frames: this.#frames });
  }

  /** Ends the connection. The first reason that was told counts. */
  end(reason: EndReason): void {
    if (this.#ending || this.#endedMs !== null) return;
    this.#ending = true;
    this.#reason ??= reason;
    this.#end(this.#reason);
  }

  /** The way out is about to end the connection by itself, once what waits is sent. */
  leaving(reason: EndReason): void {
    if (this.#endedMs === null) this.#reason ??= reason;
  }

  /** The connection is gone; `reason` counts if none was told before. Twice is once. */
  closed(reason: EndReason = 'left'): void {
    if (this.#endedMs !== null) return;
    this.#reason ??= reason;
    this.#blockedMs += this.#blockedNowMs();
    this.#writes.length = 0;
    this.#waitingBytes = 0;
    this.#endedMs = this.#now();
    this.#options.onClosed(this);
  }

  facts(): SessionFacts {
    const ended = this.#endedMs;
    const durationMs = (ended ?? this.#now()) - this.#beganMs;
    const perSecond = (counter: 'bytes' | 'frames', total: number) => {
      if (ended === null) return this.#rates.rate(counter);
      return durationMs > 0 ? total / (durationMs / 1000) : 0;
    };
    return {
      id: this.id,
      ...this.viewer,
      state: this.state,
      reason: this.#reason,
      since: iso(this.#beganWallMs),
      endedAt: ended === null ? null : iso(this.#beganWallMs + durationMs),
      durationMs: Math.round(durationMs),
      bytes: this.#bytes,
      frames: this.#frames,
      bitrateBps: Math.round(8 * perSecond('bytes', this.#bytes)),
      framerate: hundredths(perSecond('frames', this.#frames)),
      frameAgeMs: this.#frameAgeMs === null ? null : hundredths(this.#frameAgeMs),
      dropped: this.#dropped,
      waitingBytes: this.#waitingBytes,
      blockedMs: Math.round(this.#blockedMs + this.#blockedNowMs()),
      throttle: this.#throttle,
      heldMs: Math.round(this.#heldMs),
    };
  }

  /** Since something waits, or the write before left: of writes that wait together no time counts twice. */
  #blockedNowMs(): number {
    const [oldest] = this.#writes;
    if (!oldest) return 0;
    const ms = this.#now() - Math.max(oldest.atMs, this.#lastTakenMs);
    return ms >= BLOCKED_FROM_MS ? ms : 0;
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
