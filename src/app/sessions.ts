import type { SessionDirectory, SessionQuery } from '../api/ports.js';
import type { SessionEventView, SessionsView, SessionView } from '../api/session-views.js';
import { type Clock, systemClock, type Timer } from '../base/clock.js';
import type { Log } from '../base/log.js';
import type { Limits } from '../profile/profile.js';
import { SessionBook, type SessionEvent } from '../session/book.js';
import type { EndReason } from '../session/facts.js';
import type { SessionLimits } from '../session/limits.js';
import type { StreamTally, Tally } from '../session/tally.js';

const tickMs = 1000;

export interface SessionsOptions {
  limits: Limits;
  log: Log;
  clock?: Clock;
}

/** What the parts that come later have to do with it. */
export interface SessionsHooks {
  /** Somebody came, went, or was turned away. */
  onEvent(event: SessionEventView): void;
  /** How many may watch is another number now. */
  onLimits(): void;
  /** Once a second, before rates are measured: what is counted elsewhere. */
  poll(): void;
  /** Programs that read rings by themselves, as far as they can be seen. */
  ringReaders(): SessionsView['ringReaders'];
}

/** Everybody who watches. */
export class Sessions implements SessionDirectory {
  readonly book: SessionBook;
  readonly #log: Log;
  readonly #clock: Clock;
  /** Refusals since the log had one. */
  #untold = 0;
  #tellAgainMs = Number.NEGATIVE_INFINITY;
  readonly #tick: Timer;
  #sweep: Timer;
  #hooks: SessionsHooks | null = null;

  constructor({ limits, log, clock = systemClock }: SessionsOptions) {
    this.#log = log;
    this.#clock = clock;
    this.book = new SessionBook({
      limits: sessionLimits(limits),
      clock,
      onEvent: (event) => this.#told(event),
    });
    this.#tick = clock.every(tickMs, () => {
      this.#hooks?.poll();
      this.book.tick();
    });
    this.#sweep = this.#sweepEvery(limits.cleanupMs);
  }

  /** Others, from now on. */
  limit(limits: Limits): void {
    this.book.limits = sessionLimits(limits);
    this.#sweep.cancel();
    this.#sweep = this.#sweepEvery(limits.cleanupMs);
    this.#hooks?.onLimits();
  }

  /** Until then nobody hears of it. */
  connect(hooks: SessionsHooks): void {
    this.#hooks = hooks;
  }

  sessions({ camera, stream, kind, ended }: SessionQuery): SessionsView {
    const filter = { camera, stream, kind };
    const past = this.book.ended(filter);
    return {
      sessions: this.book.sessions(filter),
      ended: {
        sessions: past.slice(0, ended),
        omitted: Math.max(0, past.length - ended),
        forgotten: this.book.forgotten,
      },
      ringReaders: this.#readers(camera, stream),
      totals: this.book.totals(),
    };
  }

  session(id: string): SessionView | undefined {
    return this.book.find(id);
  }

  dismiss(id: string): boolean {
    return this.book.dismiss(id);
  }

  tallies(): readonly StreamTally[] {
    return this.book.tallies();
  }

  get endedByKind(): Tally['endedByKind'] {
    return this.book.endedByKind;
  }

  get refused(): Readonly<Record<'stream' | 'camera' | 'all', number>> {
    return this.book.totals().refused;
  }

  /** Ends every session. */
  close(): void {
    this.#tick.cancel();
    this.#sweep.cancel();
    this.book.close();
  }

  #sweepEvery(ms: number): Timer {
    return this.#clock.every(ms, () => this.book.sweep());
  }

  #readers(camera: string | undefined, stream: string | undefined): SessionsView['ringReaders'] {
    return (this.#hooks?.ringReaders() ?? []).filter(
      (one) => (camera ?? one.camera) === one.camera && (stream ?? one.stream) === one.stream,
    );
  }

  #told(told: SessionEvent): void {
    if (told.event === 'refused') {
      const { viewer, limit } = told;
      this.#logRefusal({ ...viewer, limit });
      this.#hooks?.onEvent({ event: 'session-refused', ...viewer, limit });
      return;
    }
    const { event, session } = told;
    const { id, kind, camera, stream, client } = session;
    const facts = { session: id, kind, camera, stream, client };
    if (event === 'opened') this.#log.debug(facts, 'a session began');
    else this.#logEnd({ ...facts, reason: session.reason }, session.reason);
    this.#hooks?.onEvent({ event: event === 'opened' ? 'session-opened' : 'session-ended', session });
  }

  /** Who is turned away may come again and again. */
  #logRefusal(facts: Record<string, unknown>): void {
    const now = this.#clock.now();
    this.#untold += 1;
    if (now < this.#tellAgainMs) return;
    this.#log.warn(
      { ...facts, times: this.#untold },
      'a viewer was turned away: there are as many as may be',
    );
    this.#untold = 0;
    this.#tellAgainMs = now + tickMs;
  }

  #logEnd(facts: Record<string, unknown>, reason: EndReason | null): void {
    if (reason === 'left' || reason === 'closing') this.#log.debug(facts, 'a session ended');
    else this.#log.info(facts, 'a session was ended');
  }
}

function sessionLimits({ sessions, idleMs, blockedMs, backlogBytes, throttle }: Limits): SessionLimits {
  return { ...sessions, idleMs, blockedMs, backlogBytes, throttle };
}
