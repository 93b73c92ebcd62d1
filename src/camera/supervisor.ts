import type { Clock } from '../base/clock.js';
import { codeOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { SourcePlan, StageChange, StagePlan } from '../plan/graph.js';
import { CameraStats } from './camera-stats.js';
import type { StartCarrier } from './carrier.js';
import type { CoreClient } from './core-client.js';
import { CoreKeeper } from './core-keeper.js';
import type { Fault } from './fault.js';
import type { CameraState, CoreEvent, Reason, SourceEvent, SourceFormat } from './messages.js';
import { SourceKeeper } from './source-keeper.js';

/** Opening a device or building a pipeline; longer means that a driver hangs. */
const commandTimeoutMs = 15_000;
/** A camera whose worker died is not called healthy before this long without another death. */
const recentMs = 60_000;

export type Probe = (kind: 'v4l2' | 'file', path: string) => Promise<readonly SourceFormat[]>;

/** Where the core finds the picture to show; a `SlateFile`. */
export interface Slate {
  readonly path: string;
  draw(reason: Reason | null, since: Date): Promise<void>;
  remove(): Promise<void>;
}

export interface SupervisorOptions {
  camera: string;
  /** Tried in order. */
  sources: readonly string[];
  stage: StagePlan;
  /** Rejects with a `faultError` when there is nothing to plan for. */
  planSource(uri: string, probe: Probe): Promise<SourcePlan>;
  startCore: StartCarrier;
  slate: Slate;
  clock: Clock;
  log: Log;
  /** Its state, its source or its health is another one now. */
  onChange(): void;
}

export type Health = 'healthy' | 'degraded' | 'unhealthy' | 'failed';

export interface CameraStatus {
  state: CameraState;
  reason: Reason | null;
  detail: string;
  since: Date;
}

/** Looks after one camera: keeps its core running, its source open, and its slate telling the truth. */
export class Supervisor {
  readonly camera: string;
  readonly stats = new CameraStats();
  readonly #options: SupervisorOptions;
  readonly #cores: CoreKeeper;
  readonly #sources: SourceKeeper;
  #core: CoreClient | null = null;
  #status: CameraStatus = { state: 'starting', reason: null, detail: '', since: new Date() };
  #source: SourceEvent | null = null;
  #sourcePlan: SourcePlan | null = null;
  #lastDeath: number | null = null;
  #slateShown: Promise<void> = Promise.resolve();
  #slateReason: Reason | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.camera = options.camera;
    this.#options = options;
    const { clock, log } = options;
    this.#sources = new SourceKeeper({
      uris: options.sources,
      clock,
      plan: (uri) => this.#planSource(uri),
      switchTo: (source) => this.#switchTo(source),
      onFault: (fault) => this.#showFault(fault),
    });
    this.#cores = new CoreKeeper({
      start: options.startCore,
      plan: options.stage,
      clock,
      log,
      onUp: (core, circuitOpen) => this.#coreUp(core, circuitOpen),
      onCircuitClosed: () => this.#sources.begin(),
      onEvent: (event) => this.#coreSays(event),
      onDown: (how) => this.#coreDown(how),
    });
  }

  get status(): CameraStatus {
    return this.#status;
  }

  /** What the source delivers; null while it delivers nothing. */
  get source(): SourceEvent | null {
    return this.#source;
  }

  /** The source in use, or being tried, as configured. */
  get sourceUri(): string {
    return this.#sources.uri;
  }

  /** The pipelines of its core; `source` is null while none is open or being opened. */
  get plans(): { source: SourcePlan | null; stage: StagePlan } {
    return { source: this.#sourcePlan, stage: this.#cores.plan };
  }

  /** How often its core was started again. */
  get restarts(): number {
    return this.#cores.restarts;
  }

  get workerPid(): number | null {
    return this.#cores.pid;
  }

  get health(): Health {
    const { state, reason } = this.#status;
    if (reason === 'circuit-open') return 'failed';
    if (state === 'slate' || state === 'stopped') return 'unhealthy';
    const diedLately = this.#lastDeath !== null && this.#options.clock.now() - this.#lastDeath < recentMs;
    return state === 'starting' || diedLately || this.#sources.isFallback ? 'degraded' : 'healthy';
  }

  /** Resolves when the stage runs: the rings carry the slate, the source is being opened. */
  async start(): Promise<void> {
    await this.#options.slate.draw(null, this.#status.since);
    if (this.#closing !== null) throw new TeecamError('closed', 'stopped while starting');
    await this.#cores.start();
  }

  /** Asks the core what a source offers. Rejects with `refused` and the reason. */
  async probe(kind: 'v4l2' | 'file', path: string): Promise<readonly SourceFormat[]> {
    if (!this.#core) throw new TeecamError('closed', 'the camera has no core now');
    const { formats } = await this.#core.request({ type: 'probe', kind, path }, commandTimeoutMs);
    return formats;
  }

  /**
   * Makes the stage another one while it runs, as `changeStage` planned it;
   * later cores start with it. One at a time. Rejects with `refused`
   * (`details.coreCode`), `timeout` or `closed`: then the stage before stays.
   */
  async change(stage: StagePlan, change: StageChange): Promise<void> {
    if (this.#closing !== null) throw new TeecamError('closed', 'the camera is being stopped');
    await this.#cores.change(stage, change, commandTimeoutMs);
  }

  /** Something appeared in /dev or went away. */
  devicesChanged(): void {
    this.#sources.devicesChanged();
  }

  /** Other sources, which are tried at once. */
  replaceSources(uris: readonly string[]): void {
    this.#sources.replace(uris);
  }

  /** It looks different now. */
  redrawSlate(): void {
    const { reason } = this.#status;
    if (reason !== null) this.#showSlate(reason);
    else this.#drawQuietly();
  }

  /** Ends the core within the deadline, by force if it must be. Twice is once. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    this.#sources.suspend();
    this.#core = null;
    await this.#cores.close(deadlineMs);
    this.#source = null;
    this.#setStatus('stopped', null, '');
    await this.#slateShown;
    await this.#options.slate.remove();
  }

  #coreUp(core: CoreClient, circuitOpen: boolean): void {
    this.#core = core;
    if (circuitOpen) {
      this.#showFault({ reason: 'circuit-open', detail: 'its worker died several times in a row' });
    } else {
      if (this.#status.reason !== null) this.#showSlate(this.#status.reason);
      this.#sources.begin();
    }
  }

  #coreDown(how: string): void {
    this.#core = null;
    this.#lastDeath = this.#options.clock.now();
    this.#source = null;
    this.#sourcePlan = null;
    this.stats.coreEnded();
    this.#sources.suspend();
    this.#showFault({ reason: 'worker-died', detail: `its worker ${how}` });
  }

  #coreSays(event: CoreEvent): void {
    const { log } = this.#options;
    switch (event.event) {
      case 'state':
        this.#sources.coreSays(event);
        if (event.state === 'live' || event.state === 'asleep')
          this.#setStatus(event.state, null, event.detail);
        else if (event.reason !== null) this.#setStatus('slate', event.reason, event.detail);
        else if (this.#status.state === 'asleep') this.#setStatus('starting', null, '');
        if (event.state === 'slate' || event.state === 'asleep') this.#source = null;
        // One that stalls is still there; any other failure has ended it.
        if (event.state === 'slate' && event.reason !== 'stalled') this.#sourcePlan = null;
        break;
      case 'source':
        this.#source = event;
        log.info({ caps: event.caps }, 'source');
        this.#changed();
        break;
      case 'stats':
        this.stats.add(event);
        break;
      case 'warning':
        log.warn({ code: event.code, count: event.count }, event.message);
        break;
      case 'ready':
        log.debug({ gstreamer: event.gstreamer }, 'the camera core is ready');
        break;
      case 'stopped':
        break; // its end says the same
    }
  }

  async #planSource(uri: string): Promise<SourcePlan> {
    // The slate of the fault before must be through: its echo would be taken for the outcome of this try.
    await this.#slateShown;
    return this.#options.planSource(uri, (kind, path) => this.probe(kind, path));
  }

  async #switchTo(source: SourcePlan): Promise<void> {
    if (!this.#core) throw new TeecamError('closed', 'the camera has no core now');
    await this.#core.request({ type: 'switch-source', source }, commandTimeoutMs);
    this.#sourcePlan = source;
  }

  #showFault({ reason, detail }: Fault): void {
    this.#setStatus('slate', reason, detail);
  }

  #setStatus(state: CameraState, reason: Reason | null, detail: string): void {
    const before = this.#status;
    if (before.state === state && before.reason === reason) {
      this.#status = { ...before, detail };
      return;
    }
    this.#status = { state, reason, detail, since: new Date() };
    this.#options.log.info({ state, reason, detail }, state === 'slate' ? `slate: ${reason}` : state);
    // Who wakes a camera that is slow to start is not to see what was wrong before it slept.
    if (reason !== null || (state === 'asleep' && this.#slateReason !== null)) this.#showSlate(reason);
    this.#changed();
  }

  /** Called from timers too: a listener that throws is a fault of its own. */
  #changed(): void {
    try {
      this.#options.onChange();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a listener of a camera threw');
    }
  }

  /** For the next time that it is shown. */
  #drawQuietly(): void {
    const { slate, log } = this.#options;
    this.#slateShown = this.#slateShown.then(async () => {
      if (this.#closing !== null) return;
      try {
        await slate.draw(null, this.#status.since);
      } catch (error) {
        log.error({ err: error }, 'the slate cannot be drawn');
      }
    });
  }

  /** One after another; a fault that is over before its turn is not drawn. */
  #showSlate(reason: Reason | null): void {
    const { slate, log } = this.#options;
    this.#slateShown = this.#slateShown.then(async () => {
      if (this.#closing !== null || this.#status.reason !== reason) return;
      try {
        await slate.draw(reason, this.#status.since);
        this.#slateReason = reason;
        await this.#core?.request({ type: 'slate', file: slate.path, reason }, commandTimeoutMs);
      } catch (error) {
        // The slate before it stays; whether the core lives is the keeper's business.
        if (codeOf(error) !== 'closed') log.error({ err: error }, 'the slate cannot be drawn');
      }
    });
  }
}
