import type { Clock, Timer } from '../base/clock.js';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { StageChange, StagePlan } from '../plan/graph.js';
import { Backoff } from './backoff.js';
import type { StartCarrier } from './carrier.js';
import { CoreClient } from './core-client.js';
import type { CoreEvent } from './messages.js';

/** The first death is made good at once: most are single ones, and a viewer is waiting. */
const restartDelaysMs = [0, 500, 1000, 2000, 4000, 8000, 16000, 30000] as const;
const provenMs = 60_000;
/** After so many deaths in a row a core runs nothing but the slate for a while. */
const circuitDeaths = 4;
export const circuitOpenMs = 30_000;
/** A core loads GStreamer's registry first; on a small board with a cold cache, and others beside it, that takes long. */
const startTimeoutMs = 60_000;
/** It sends its counters every second, so silence means that it hangs. */
const silenceMs = 8_000;

export interface CoreKeeperOptions {
  start: StartCarrier;
  /** Until `change` says otherwise. */
  plan: StagePlan;
  clock: Clock;
  log: Log;
  /** A core runs its stage. `circuitOpen`: leave it alone, it must do nothing but show the slate. */
  onUp(core: CoreClient, circuitOpen: boolean): void;
  /** The wait is over: the core that is up may be given a source again. */
  onCircuitClosed(core: CoreClient): void;
  onEvent(event: CoreEvent): void;
  onDown(how: string): void;
}

/** Keeps one core running: starts it, notices that it died or hangs, starts the next. */
export class CoreKeeper {
  readonly #options: CoreKeeperOptions;
  readonly #deaths = new Backoff(restartDelaysMs);
  /** Everything that waits for time to pass in the life of the present core. */
  readonly #timers = new Map<'restart' | 'start' | 'proven' | 'circuit' | 'silence', Timer>();
  #plan: StagePlan;
  #core: CoreClient | null = null;
  /** The core has been told to start its stage. */
  #stageAsked = false;
  #first: { resolve(): void; reject(error: TeecamError): void } | null = null;
  #refusal: TeecamError | null = null;
  #starts = 0;
  #closed = false;

  constructor(options: CoreKeeperOptions) {
    this.#options = options;
    this.#plan = options.plan;
  }

  /** What the core runs, or the next one will. */
  get plan(): StagePlan {
    return this.#plan;
  }

  /** How often a core was started again. */
  get restarts(): number {
    return Math.max(0, this.#starts - 1);
  }

  get pid(): number | null {
    return this.#core?.pid ?? null;
  }

  /** Resolves when the first core runs its stage. If that one fails nothing is retried: the plan or the machine is at fault. */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#launch();
    });
  }

  /**
   * Makes the stage that runs another one; the next core starts with that too.
   * With no core now it is all there is to do. Rejects as `CoreClient.request`,
   * then the stage before stays, also for the next core.
   */
  async change(plan: StagePlan, change: StageChange, timeoutMs: number): Promise<void> {
    const core = this.#core;
    if (core && this.#stageAsked) {
      try {
        await core.request({ type: 'change', change }, timeoutMs);
      } catch (error) {
        // Nobody knows what it runs now; the next one starts with what was there before.
        if (codeOf(error) === 'timeout') core.kill();
        throw error;
      }
    }
    this.#plan = plan;
  }

  /** Later cores start with this stage; the one that runs, if any, goes on as it is. */
  replaceLater(plan: StagePlan): void {
    this.#plan = plan;
  }

  /** Asks the core to stop, ends it by force after the deadline; no other is started. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#clearTimers();
    this.#first?.reject(new TeecamError('closed', 'stopped while starting'));
    this.#first = null;
    await this.#core?.close(deadlineMs);
  }

  #launch(): void {
    this.#starts += 1;
    const { start, clock, log } = this.#options;
    const core: CoreClient = new CoreClient({
      start,
      clock,
      log,
      onEvent: (event) => this.#received(core, event),
      onEnd: (how) => this.#ended(core, how),
    });
    this.#core = core;
    this.#stageAsked = false;
    this.#after('start', startTimeoutMs, () => {
      log.error({ timeoutMs: startTimeoutMs }, 'the camera core does not start');
      core.kill();
    });
  }

  #received(core: CoreClient, event: CoreEvent): void {
    if (this.#closed || core !== this.#core) return;
    if (event.event === 'ready') void this.#startStage(core);
    if (this.#timers.has('silence')) this.#watchForSilence(core);
    this.#options.onEvent(event);
  }

  async #startStage(core: CoreClient): Promise<void> {
    const { log } = this.#options;
    try {
      this.#stageAsked = true;
      await core.request({ type: 'start', plan: this.#plan }, startTimeoutMs);
    } catch (error) {
      // A core that ended meanwhile is dealt with by its end.
      if (this.#closed || core !== this.#core || codeOf(error) === 'closed') return;
      log.error({ err: error }, 'the camera core cannot start its stage');
      if (error instanceof TeecamError) this.#refusal = error;
      core.kill();
      return;
    }
    if (this.#closed || core !== this.#core) return;
    this.#cancel('start');
    this.#watchForSilence(core);
    const circuitOpen = this.#deaths.failures >= circuitDeaths;
    if (circuitOpen) {
      log.warn({ deaths: this.#deaths.failures, waitMs: circuitOpenMs }, 'only the slate, for a while');
      this.#after('circuit', circuitOpenMs, () => {
        this.#watchUntilProven();
        this.#options.onCircuitClosed(core);
      });
    } else {
      this.#watchUntilProven();
    }
    this.#first?.resolve();
    this.#first = null;
    this.#options.onUp(core, circuitOpen);
  }

  #ended(core: CoreClient, how: string): void {
    if (core !== this.#core) return;
    this.#core = null;
    this.#clearTimers();
    if (this.#closed) return;
    const first = this.#first;
    this.#first = null;
    if (first) {
      first.reject(this.#startError(how));
      return;
    }
    const delayMs = this.#deaths.next();
    this.#options.log.error({ how, deaths: this.#deaths.failures, delayMs }, `the camera core ${how}`);
    this.#options.onDown(how);
    this.#after('restart', delayMs, () => this.#launch());
  }

  #startError(how: string): TeecamError {
    const refusal = this.#refusal;
    if (!refusal) return new TeecamError('failed', `the camera's worker ${how} while it was starting`);
    const code = refusal.details['coreCode'] === 'missing-element' ? 'missing-element' : 'failed';
    return new TeecamError(code, messageOf(refusal), { cause: refusal });
  }

  #watchUntilProven(): void {
    this.#after('proven', provenMs, () => this.#deaths.reset());
  }

  #watchForSilence(core: CoreClient): void {
    this.#after('silence', silenceMs, () => {
      this.#options.log.error({ silenceMs }, 'the camera core says nothing any more; it is ended by force');
      core.kill();
    });
  }

  #after(
    name: 'restart' | 'start' | 'proven' | 'circuit' | 'silence',
    delayMs: number,
    call: () => void,
  ): void {
    this.#cancel(name);
    this.#timers.set(
      name,
      this.#options.clock.after(delayMs, () => {
        this.#timers.delete(name);
        call();
      }),
    );
  }

  #cancel(name: 'restart' | 'start' | 'proven' | 'circuit' | 'silence'): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }

  #clearTimers(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
