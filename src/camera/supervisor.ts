import type { Clock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { SourcePlan, StageChange, StagePlan } from '../plan/graph.js';
import type { ControlValues } from '../profile/profile.js';
import { CameraStats } from './camera-stats.js';
import type { StartCarrier } from './carrier.js';
import { ControlKeeper, type LeftControls } from './control-keeper.js';
import type { CoreClient } from './core-client.js';
import { CoreKeeper, circuitOpenMs } from './core-keeper.js';
import { type EncoderFault, EncoderWatch } from './encoder-watch.js';
import type { Fault } from './fault.js';
import { LossWatch } from './loss-watch.js';
import type {
  CameraState,
  Command,
  CoreEvent,
  DeviceControl,
  Reason,
  Results,
  SourceEvent,
  SourceFormat,
  StateEvent,
  StatsEvent,
} from './messages.js';
import { PaceWatch, promisedRate } from './pace-watch.js';
import { type Probe, type ProbedSource, probeWith } from './probe.js';
import { type Retry, retryWords } from './retry.js';
import { ShownSlate, type Slate } from './shown-slate.js';
import type { SlateNews } from './slate-file.js';
import { SourceKeeper } from './source-keeper.js';

/** Opening a device or building a pipeline; longer means that a driver hangs. */
const commandTimeoutMs = 15_000;
/** A camera whose worker died is not called healthy before this long without another death. */
const recentMs = 60_000;

export interface SupervisorOptions {
  camera: string;
  /** Tried in order. */
  sources: readonly string[];
  stage: StagePlan;
  /** Rejects with a `faultError` when there is nothing to plan for. */
  planSource(uri: string, probe: Probe): Promise<SourcePlan>;
  /** The stage without this encoder, which has failed; null where there is no other. */
  planWithout(fault: EncoderFault): StagePlan | null;
  /** The stage with this one again, which was blamed for what it had no part in. */
  planWith(encoder: string): StagePlan;
  /** What the device's controls are set to when it is opened. */
  controls: ControlValues;
  leftControls: LeftControls | null;
  startCore: StartCarrier;
  slate: Slate;
  clock: Clock;
  log: Log;
  /** Its state, its source or its health is another one now. */
  onChange(): void;
  onControls(controls: readonly DeviceControl[]): void;
}

export type Health = 'healthy' | 'degraded' | 'unhealthy' | 'failed';

export interface CameraStatus {
  state: CameraState;
  reason: Reason | null;
  detail: string;
  since: Date;
  /** When it is tried again, in words; null: soon, or not at all. */
  retry: string | null;
}

/** Looks after one camera: keeps its core running, its source open, and its slate telling the truth. */
export class Supervisor {
  readonly camera: string;
  readonly stats = new CameraStats();
  readonly controls: ControlKeeper;
  readonly losses: LossWatch;
  readonly #options: SupervisorOptions;
  readonly #cores: CoreKeeper;
  readonly #sources: SourceKeeper;
  readonly #slate: ShownSlate;
  readonly #pace = new PaceWatch();
  readonly #encoders: EncoderWatch;
  #core: CoreClient | null = null;
  #status: CameraStatus = { state: 'starting', reason: null, detail: '', since: new Date(), retry: null };
  #source: SourceEvent | null = null;
  #sourcePlan: SourcePlan | null = null;
  #lastDeath: number | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: SupervisorOptions) {
    this.camera = options.camera;
    this.#options = options;
    const { clock, log, slate } = options;
    this.#encoders = new EncoderWatch(options.stage);
    this.losses = new LossWatch(options.stage);
    this.#slate = new ShownSlate({
      slate,
      log,
      news: () => this.#news(),
      show: (reason) => this.#show(reason),
    });
    this.#sources = new SourceKeeper({
      uris: options.sources,
      clock,
      plan: (uri) => this.#planSource(uri),
      switchTo: (source) => this.#switchTo(source),
      onFault: (fault, retry) => this.#showFault(fault, retry),
    });
    this.controls = new ControlKeeper({
      camera: options.camera,
      wanted: options.controls,
      left: options.leftControls,
      ask: (command) => this.#ask(command),
      log,
      onControls: (controls) => this.#guarded(() => options.onControls(controls)),
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
    return state === 'starting' || reason === 'slow' || diedLately || this.#sources.isFallback
      ? 'degraded'
      : 'healthy';
  }

  /** Resolves when the stage runs: the rings carry the slate, the source is being opened. */
  async start(): Promise<void> {
    await this.#slate.begin();
    if (this.#closing !== null) throw new TeecamError('closed', 'stopped while starting');
    await this.#cores.start();
  }

  /** Asks the core what a source offers. Rejects with `refused` and the reason. */
  async probe(source: ProbedSource): Promise<readonly SourceFormat[]> {
    if (!this.#core) throw new TeecamError('closed', 'the camera has no core now');
    return probeWith(this.#core, commandTimeoutMs)(source);
  }

  /**
   * Makes the stage another one while it runs, as `changeStage` planned it;
   * later cores start with it. One at a time. Rejects with `refused`
   * (`details.coreCode`), `timeout` or `closed`: then the stage before stays.
   */
  async change(stage: StagePlan, change: StageChange): Promise<void> {
    if (this.#closing !== null) throw new TeecamError('closed', 'the camera is being stopped');
    await this.#cores.change(stage, change, commandTimeoutMs);
    this.#encoders.become(stage);
    this.losses.become(stage);
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
    this.#slate.forget();
    this.#slate.update();
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
    await this.#slate.close();
  }

  #coreUp(core: CoreClient, circuitOpen: boolean): void {
    this.#core = core;
    if (circuitOpen) {
      const detail = 'its worker died several times in a row';
      this.#showFault({ reason: 'circuit-open', detail }, { inMs: circuitOpenMs, repeats: false });
    } else {
      this.#slate.forget();
      if (this.#status.state === 'slate') this.#slate.update();
      this.#sources.begin();
    }
  }

  #coreDown(how: string): void {
    this.#core = null;
    this.#encoderAcquitted(this.#encoders.acquitted());
    this.#encoderFailed(this.#encoders.coreDied());
    this.#lastDeath = this.#options.clock.now();
    this.#source = null;
    this.#noSource();
    this.#pace.begin(null);
    this.stats.coreEnded();
    this.losses.reset();
    this.#sources.suspend();
    this.#showFault({ reason: 'worker-died', detail: `its worker ${how}` }, null);
  }

  #coreSays(event: CoreEvent): void {
    const { log } = this.#options;
    switch (event.event) {
      case 'state':
        this.#followState(event, this.#sources.coreSays(event));
        if (event.state === 'slate' || event.state === 'asleep') this.#source = null;
        if (event.state === 'slate' && !isStillThere(event)) this.#noSource();
        if (event.state === 'starting') this.controls.opened();
        break;
      case 'source':
        this.#source = event;
        log.info({ caps: event.caps }, 'source');
        this.#pace.begin(promisedRate(this.sourceUri, event));
        this.#changed();
        break;
      case 'controls':
        this.controls.coreSays(event.device, event.controls);
        break;
      case 'stats':
        this.stats.add(event);
        if (this.#status.state === 'live') this.losses.add(event);
        else this.losses.reset();
        this.#judgePace(event);
        if (this.#encoderFailed(this.#encoders.stats(event))) this.#core?.kill();
        break;
      case 'stage-failed':
        log.error({ node: event.node }, `the stage failed: ${event.detail}`);
        this.#encoderFailed(this.#encoders.stageFailed(event.node, event.detail));
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

  /** `failed`: the keeper of the sources has said so already. */
  #followState({ state, reason, detail }: StateEvent, failed: boolean): void {
    if (state === 'live' || state === 'asleep') this.#setStatus(state, null, detail);
    else if (reason !== null && !failed) this.#setStatus('slate', reason, detail);
    else if (reason === null && this.#status.state === 'asleep') this.#setStatus('starting', null, '');
  }

  /** Whether cores that come do without it. */
  #encoderFailed(fault: EncoderFault | null): boolean {
    const plan = fault && this.#options.planWithout(fault);
    if (!fault || !plan) return false;
    this.#options.log.warn(fault, `${fault.encoder} failed, another encoder takes its place: ${fault.why}`);
    this.#cores.replaceLater(plan);
    this.#encoders.become(plan);
    this.losses.become(plan);
    return true;
  }

  #encoderAcquitted(encoder: string | null): void {
    if (encoder === null) return;
    this.#options.log.warn({ encoder }, `workers die without ${encoder} too: it is used again`);
    const plan = this.#options.planWith(encoder);
    this.#cores.replaceLater(plan);
    this.#encoders.become(plan);
  }

  async #planSource(uri: string): Promise<SourcePlan> {
    // The slate of the fault before must be through: its echo would be taken for the outcome of this try.
    await this.#slate.settled;
    const plan = await this.#options.planSource(uri, (source) => this.probe(source));
    await this.controls.prepare(plan);
    return plan;
  }

  async #switchTo(source: SourcePlan): Promise<void> {
    // What the core says of it may be read together with its answer.
    this.controls.use(source);
    try {
      await this.#ask({ type: 'switch-source', source });
      this.#sourcePlan = source;
    } catch (error) {
      this.controls.use(this.#sourcePlan);
      throw error;
    }
  }

  #noSource(): void {
    this.#sourcePlan = null;
    this.controls.use(null);
  }

  async #ask<C extends Command>(command: C): Promise<Results[C['type']]> {
    if (!this.#core) throw new TeecamError('closed', 'the camera has no core now');
    return this.#core.request(command, commandTimeoutMs);
  }

  #showFault({ reason, detail }: Fault, retry: Retry | null): void {
    this.#setStatus('slate', reason, detail, retry && retryWords(retry, new Date()));
  }

  #setStatus(state: CameraState, reason: Reason | null, detail: string, retry: string | null = null): void {
    const before = this.#status;
    if (before.state === state && before.reason === reason) {
      this.#status = { ...before, detail, retry };
      if (retry !== before.retry) this.#slate.update();
      return;
    }
    this.#status = { state, reason, detail, since: new Date(), retry };
    this.#options.log.info({ state, reason, detail }, state === 'slate' ? `slate: ${reason}` : state);
    // Who wakes a camera that is slow to start is not to see what was wrong before it slept.
    if (state === 'slate' || (state === 'asleep' && this.#slate.tellsFault)) this.#slate.update();
    this.#changed();
  }

  #changed(): void {
    this.#guarded(() => this.#options.onChange());
  }

  /** Called from timers too: a listener that throws is a fault of its own. */
  #guarded(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#options.log.error({ err: error }, 'a listener of a camera threw');
    }
  }

  async #show(reason: Reason | null): Promise<void> {
    await this.#ask({ type: 'slate', file: this.#options.slate.path, reason });
  }

  /** One that gives frames, but few, is live, and says why it is not as good as it could be. */
  #judgePace({ atNs, gate }: StatsEvent): void {
    const missed = this.#pace.add(atNs, gate.captured);
    if (this.#status.state !== 'live') return;
    const detail = missed
      ? `it gives ${missed.given.toFixed(1)} frames a second instead of ${missed.promised.toFixed(1)}`
      : '';
    this.#setStatus('live', missed && 'slow', detail);
  }

  #news(): SlateNews {
    const { state, reason, since, retry } = this.#status;
    return { reason: state === 'slate' ? reason : null, since, retry };
  }
}

/** Any other failure has ended the source. */
function isStillThere({ reason }: StateEvent): boolean {
  return reason === 'stalled' || reason === 'no-key-frame' || reason === 'wedged';
}
