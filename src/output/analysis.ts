/** A stream's analysis: runs while it is asked for, once for all who ask. */
import type { IncomingMessage } from 'node:http';
import { Analyser, type AnalyserOptions, type AnalyserReport } from '../analysis/analyser.js';
import { type Clock, systemClock, type Timer } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Audience } from '../session/audience.js';
import type { EndReason } from '../session/facts.js';
import type { Session } from '../session/session.js';
import { accepting } from '../stream/filter.js';
import type { AnyMessage } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import type { Connection, Target } from '../stream/target.js';
import { ageNs } from './freshness.js';
import { clientOf } from './http-viewer.js';

/** So long after the last answer it ends: a page that asks every second may miss some. */
const KEPT_FOR_S = 10;
const FIRST_FRAME_DEADLINE_MS = 5000;
/** Unless a request says: so long before the first answer, and so much of the past in each. */
const WAIT_S = 1;
const WINDOW_S = 10;

export interface AnalysisReport extends AnalyserReport {
  /** When it began, ISO 8601. */
  since: string;
  /** It ends when nobody has asked for so long. */
  keptForS: number;
}

export interface AnalysisOptions extends AnalyserOptions {
  clock?: Clock;
}

export class StreamAnalysis {
  #pad: Pad;
  readonly #audience: Audience;
  readonly #options: AnalysisOptions;
  #run: Run | null = null;

  constructor(pad: Pad, audience: Audience, options: AnalysisOptions = {}) {
    this.#pad = pad;
    this.#audience = audience;
    this.#options = options;
  }

  /**
   * Of the last `seconds`, after waiting for so many; null: of the last ten, or as
   * many as there are, after one. Throws `full` where a limit is reached,
   * `unavailable` when no frame comes, or the stream ends meanwhile.
   */
  async report(request: IncomingMessage, seconds: number | null): Promise<AnalysisReport> {
    if (!this.#run || this.#run.ended) {
      const run = new Run(this.#audience, clientOf(request), this.#options);
      run.follow(this.#pad);
      this.#run = run;
    }
    return this.#run.report(seconds);
  }

  /** Its frames come from another pad now; what is measured goes on. */
  follow(pad: Pad): void {
    if (pad === this.#pad) return;
    this.#pad = pad;
    if (!this.#run || this.#run.ended) return;
    try {
      this.#run.follow(pad);
    } catch {
      // It has ended; who asks again is told what is wrong.
    }
  }

  close(): void {
    this.#run?.end('stream-gone');
  }
}

/** From the first request to the end. */
class Run implements Target {
  readonly rejects: Target['rejects'];
  readonly #clock: Clock;
  readonly #analyser: Analyser;
  readonly #session: Session;
  readonly #since = new Date().toISOString();
  #connection: Connection | null = null;
  /** Wake those who wait. */
  readonly #waiting = new Set<() => void>();
  #asking = 0;
  #expiry: Timer | null = null;
  #ended = false;

  constructor(audience: Audience, client: string, { clock = systemClock, ...options }: AnalysisOptions) {
    this.#clock = clock;
    this.#analyser = new Analyser(options);
    this.rejects = this.#analyser.rejects & accepting('exit'); // wanted by either
    this.#session = audience.admit({ kind: 'analysis', client, end: (reason) => this.end(reason) });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Throws, and has ended, when the pad cannot be connected. */
  follow(pad: Pad): void {
    this.#connection?.disconnect();
    try {
      this.#connection = pad.connect(this);
    } catch (error) {
      this.end('failed');
      throw error;
    }
  }

  deliver(message: AnyMessage): void {
    const { type } = message;
    const first = this.#analyser.elapsedS === null;
    if (message.type === 'packet') {
      this.#session.handed(message.payloadBytes, 1, ageNs(message.data) / 1e6);
      this.#session.taken();
    }
    this.#analyser.deliver(message);
    if (type === 'packet' && first) this.#wake();
    if (type === 'exit') this.end('stream-gone');
  }

  async report(seconds: number | null): Promise<AnalysisReport> {
    this.#asking += 1;
    this.#expiry?.cancel();
    try {
      await this.#measured(seconds ?? WAIT_S);
      const report = this.#analyser.report(seconds ?? WINDOW_S);
      return { since: this.#since, keptForS: KEPT_FOR_S, ...report };
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0 && !this.#ended)
        this.#expiry = this.#clock.after(KEPT_FOR_S * 1000, () => this.end('left'));
    }
  }

  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#expiry?.cancel();
    this.#connection?.disconnect();
    this.#session.closed(reason);
    this.#wake();
  }

  info() {
    return this.#analyser.info();
  }

  /** Resolves when so many seconds have been. */
  async #measured(seconds: number): Promise<void> {
    const deadlineMs = this.#clock.now() + FIRST_FRAME_DEADLINE_MS;
    for (;;) {
      const elapsedS = this.#analyser.elapsedS;
      const missingMs = elapsedS === null ? deadlineMs - this.#clock.now() : (seconds - elapsedS) * 1000;
      if (this.#ended) throw unavailable('it was ended');
      if (missingMs <= 0 && elapsedS === null) throw unavailable('no frame comes');
      if (missingMs <= 0) return;
      await this.#news(Math.ceil(missingMs));
    }
  }

  /** The first frame, the end, or that the time is over. */
  #news(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(withinMs, () => wake());
      const wake = () => {
        timer.cancel();
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function unavailable(why: string): TeecamError {
  return new TeecamError('unavailable', `there is no analysis now: ${why}`, {
    expose: true,
    details: { retryAfterS: 2 },
  });
}
