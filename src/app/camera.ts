import { systemClock } from '../base/clock.js';
import { codeOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { cameraSignal } from '../camera/camera-signal.js';
import type { StartCarrier } from '../camera/carrier.js';
import type { LeftControls } from '../camera/control-keeper.js';
import type { EncoderFault } from '../camera/encoder-watch.js';
import { faultError } from '../camera/fault.js';
import type { DeviceControl, Reason } from '../camera/messages.js';
import type { Probe } from '../camera/probe.js';
import { SlateFile } from '../camera/slate-file.js';
import { Supervisor } from '../camera/supervisor.js';
import type { NativePort } from '../native/port.js';
import { type Delivery, describeDelivery, sameDelivery } from '../plan/delivery.js';
import type { SourcePlan, StageChange, StagePlan } from '../plan/graph.js';
import type { RunningCamera, StagePlanning } from '../plan/profile-change.js';
import type { ArrangedStage } from '../plan/stage.js';
import type { CameraProfile } from '../profile/profile.js';
import type { SessionBook } from '../session/book.js';
import type { Pad } from '../stream/pad.js';
import { CameraStreams } from './camera-streams.js';
import type { RingStep } from './ring-set.js';
import type { SourcePlanner } from './source-planner.js';
import type { Stream } from './stream.js';

/** A worker gets so long to end by itself. */
const restartDeadlineMs = 3000;

export interface CameraOptions {
  name: string;
  profile: CameraProfile;
  stage: ArrangedStage;
  native: NativePort;
  planning: Pick<StagePlanning, 'with' | 'without'>;
  startCore: StartCarrier;
  /** Private, for the slate. */
  folder: string;
  sources: SourcePlanner;
  book: SessionBook;
  log: Log;
  onChange(): void;
  onControls(controls: readonly DeviceControl[]): void;
  /**
   * Its source delivers what the stage is not planned for: it is to be started
   * again with one that is. Rejects when that cannot be; resolves when it has been.
   */
  adopt(delivery: Delivery): Promise<void>;
}

/** Faults of a camera of the network that gives something else than it did. */
const otherThanBefore: readonly Reason[] = ['format-refused', 'corrupt', 'missing-element', 'failed'];

/** What a source is planned for. */
interface Asked {
  profile: CameraProfile;
  delivery: Delivery;
}

/** A camera of the appliance: its supervisor and its streams. */
export class Camera {
  readonly name: string;
  readonly #options: CameraOptions;
  readonly #streams: CameraStreams;
  #profile: CameraProfile;
  #stage: ArrangedStage;
  /** What its supervisor runs, or is about to. */
  #planned: Pick<Camera, 'profile' | 'stage'>;
  #asked: Asked;
  #slate: SlateFile;
  #supervisor: Supervisor;
  /** The one whose core has to end before the present one's may start. */
  #before: Supervisor | null = null;
  /** No stage could be started for this one. */
  #refused: Delivery | null = null;
  #closed = false;

  constructor(options: CameraOptions) {
    const { name, profile, stage, native, book, log } = options;
    this.name = name;
    this.#options = options;
    this.#profile = profile;
    this.#asked = asked(profile, stage);
    this.#stage = stage;
    this.#planned = { profile, stage };
    this.#slate = this.#slateFor(profile, stage);
    this.#supervisor = this.#supervise(profile, stage, null);
    this.#streams = new CameraStreams({
      camera: name,
      native,
      book,
      signal: () => cameraSignal(this.#supervisor),
      log,
    });
    this.#streams.become(profile.streams, stage);
  }

  get profile(): CameraProfile {
    return this.#profile;
  }

  get stage(): ArrangedStage {
    return this.#stage;
  }

  get supervisor(): Supervisor {
    return this.#supervisor;
  }

  /** In the profile's order. */
  get streams(): readonly Stream[] {
    return this.#streams.all;
  }

  /** Throws `not-found`. */
  stream(name: string): Stream {
    const stream = this.streams.find((one) => one.name === name);
    if (!stream)
      throw new TeecamError('not-found', `camera ${this.name} has no stream ${name}`, { expose: true });
    return stream;
  }

  /** Where messages of a stream come from. Throws `not-found`. */
  pad(stream: string): Pad {
    return this.stream(stream).pad;
  }

  /**
   * Makes another stage of what runs; who watches a stream that is the same
   * notices nothing. When it fails, all is as before, and `rings` are undone.
   */
  async change(
    profile: CameraProfile,
    { stage, change }: { stage: ArrangedStage; change: StageChange },
    rings: RingStep,
  ): Promise<void> {
    try {
      const plan = withSlate(stage.plan, this.#slate.path);
      if (!isNothing(change)) await this.#changeCore(plan, change);
    } catch (error) {
      rings.undo();
      throw error;
    }
    rings.publish();
    this.#become(profile, stage);
  }

  /**
   * Starts its core again, with another stage; viewers stay and see nothing new
   * until it is up. When that fails, it is what it was before, and `rings` are undone.
   */
  async restart(profile: CameraProfile, stage: ArrangedStage, rings: RingStep): Promise<void> {
    try {
      await this.#superviseAnew(profile, stage, () => rings.publish());
    } catch (error) {
      rings.undo();
      if (!sameDelivery(stage.delivery, this.#stage.delivery)) this.#refused = stage.delivery;
      if (!this.#closed) await this.#superviseAnew(this.#profile, this.#stage, () => {});
      throw error;
    }
    this.#refused = null;
    // an encoder may have failed meanwhile
    this.#become(profile, this.#planned.stage);
  }

  /** Opens its source anew, as the profile and the stage have it. */
  replaceSource(): void {
    this.#supervisor.replaceSources(sourcesOf(this.#profile));
  }

  /** As the profile has them. Rejects with `bad-profile`; with `replaced`, when the new source is opened. */
  setControls({ replaced }: { replaced: boolean }): Promise<void> {
    return this.#supervisor.controls.change(this.#profile.controls, { later: replaced });
  }

  /** As the profile has it now. */
  redrawSlate(): void {
    this.#slate.restyle(this.#profile.slate);
    this.#supervisor.redrawSlate();
  }

  /** Tells the targets, then ends the core. */
  async close(deadlineMs: number, why = 'the appliance ends'): Promise<void> {
    this.#closed = true;
    this.#streams.close(why);
    await Promise.all([this.#supervisor, this.#before].map((one) => one?.close(deadlineMs)));
  }

  /** A core that dies meanwhile is no fault of the change: the next one starts with it. */
  async #changeCore(plan: StagePlan, change: StageChange): Promise<void> {
    try {
      await this.#supervisor.change(plan, change);
    } catch (error) {
      if (this.#closed || codeOf(error) !== 'closed') throw error;
      await this.#supervisor.change(plan, change);
    }
  }

  #become(profile: CameraProfile, stage: ArrangedStage): void {
    this.#profile = profile;
    this.#stage = stage;
    this.#planned = { profile, stage };
    this.#asked = asked(profile, stage);
    this.#streams.become(profile.streams, stage);
  }

  async #superviseAnew(profile: CameraProfile, stage: ArrangedStage, between: () => void): Promise<void> {
    const before = this.#supervisor;
    this.#before = before;
    this.#planned = { profile, stage };
    this.#asked = asked(profile, stage);
    this.#slate = this.#slateFor(profile, stage);
    const next = this.#supervise(profile, stage, before.controls.leftBy(profile.controls));
    this.#supervisor = next;
    await before.close(restartDeadlineMs);
    this.#before = null;
    if (this.#closed) throw new TeecamError('closed', `camera ${this.name} is closed`);
    between();
    await next.start();
  }

  /** A camera with another stage has another supervisor: whoever asked has been let go then. */
  async #planSource(uri: string, probe: Probe): Promise<SourcePlan> {
    const { sources, adopt } = this.#options;
    const { plan, delivery } = await sources.plan(this.name, this.#asked.profile, uri, probe);
    if (sameDelivery(delivery, this.#asked.delivery)) return plan;
    if (this.#refused !== null && sameDelivery(delivery, this.#refused))
      throw faultError(
        'failed',
        `its streams cannot be made of ${describeDelivery(delivery)}; the log says why`,
      );
    await adopt(delivery);
    return plan;
  }

  /** An encoder has failed; null where the machine has no other. */
  #planWithout({ encoder, why }: EncoderFault): StagePlan | null {
    try {
      return this.#encodedBy((running) => this.#options.planning.without(encoder, running, why));
    } catch (error) {
      if (codeOf(error) !== 'missing-element') throw error;
      return null;
    }
  }

  #encodedBy(plan: (running: RunningCamera) => ArrangedStage): StagePlan {
    const { profile, stage: before } = this.#planned;
    const stage = plan({ name: this.name, profile, stage: before });
    if (this.#stage === before) this.#stage = stage;
    this.#planned = { profile, stage };
    return withSlate(stage.plan, this.#slate.path);
  }

  #slateFor(profile: CameraProfile, { plan }: ArrangedStage): SlateFile {
    const { folder, log } = this.#options;
    return new SlateFile({ folder, camera: this.name, size: plan.gate, look: profile.slate, log });
  }

  #supervise(profile: CameraProfile, { plan }: ArrangedStage, leftControls: LeftControls | null): Supervisor {
    const { startCore, log, onChange, onControls } = this.#options;
    const slate = this.#slate;
    const supervisor: Supervisor = new Supervisor({
      camera: this.name,
      sources: sourcesOf(profile),
      stage: withSlate(plan, slate.path),
      planSource: (uri, probe) => this.#planSource(uri, probe),
      planWithout: (fault) => this.#planWithout(fault),
      planWith: (encoder) => this.#encodedBy((running) => this.#options.planning.with(encoder, running)),
      controls: profile.controls,
      leftControls,
      startCore,
      slate,
      clock: systemClock,
      log,
      onChange: () => {
        this.#compareWithMemory(supervisor);
        onChange();
      },
      onControls,
    });
    return supervisor;
  }

  /** A camera of the network is opened as it was the last time; what is different now is asked anew. */
  #compareWithMemory({ status, source, sourceUri }: Supervisor): void {
    const { network } = this.#options.sources;
    if (status.reason !== null && otherThanBefore.includes(status.reason)) network.forget(sourceUri);
    if (source && !network.confirms(sourceUri, source)) this.replaceSource();
  }
}

function isNothing({ set, remove, add, adjust, drafts }: StageChange): boolean {
  return [set, remove.nodes, remove.streams, add.nodes, add.branches, adjust, drafts].every(
    (list) => list.length === 0,
  );
}

function withSlate(plan: StagePlan, slateFile: string): StagePlan {
  return { ...plan, gate: { ...plan.gate, slateFile } };
}

function sourcesOf({ source }: CameraProfile): string[] {
  return source.map(({ text }) => text);
}

/** A stage that goes on may be made from more than the profile would ask for now. */
function asked(profile: CameraProfile, { capture, delivery }: ArrangedStage): Asked {
  return { profile: { ...profile, capture }, delivery };
}
