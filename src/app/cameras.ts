import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../base/log.js';
import type { DeviceControl } from '../camera/messages.js';
import type { NativePort } from '../native/port.js';
import type { Delivery } from '../plan/delivery.js';
import type { CameraChange, RunningCamera, StagePlanning } from '../plan/profile-change.js';
import type { ArrangedStage } from '../plan/stage.js';
import { sameFrames } from '../plan/stage-change.js';
import type { SessionBook } from '../session/book.js';
import { Camera } from './camera.js';
import { checkFiles, checkImage } from './camera-files.js';
import type { CoreStarter } from './core-starter.js';
import { ringMode, ringRequests } from './ring-requests.js';
import type { RingSet, RingStep } from './ring-set.js';
import type { SourcePlanner } from './source-planner.js';

export interface CamerasOptions {
  instance: string | null;
  native: NativePort;
  startCore: CoreStarter;
  rings: RingSet;
  /** Private, for the slates. */
  folder: string;
  sources: SourcePlanner;
  book: SessionBook;
  planning: Pick<StagePlanning, 'with' | 'without'>;
  log: Log;
  onChange(): void;
  /** As `CameraOptions.adopt`. */
  adopt(camera: string, delivery: Delivery): Promise<void>;
  onControls(camera: string, controls: readonly DeviceControl[]): void;
}

/** The cameras that run, in the profile's order. They come, change and go one at a time; each step is whole or nothing. */
export class Cameras {
  readonly #options: CamerasOptions;
  /** Those that are being started too: their cores have to be ended as well. */
  readonly #known = new Set<Camera>();
  #all: readonly Camera[] = [];

  constructor(options: CamerasOptions) {
    this.#options = options;
  }

  get all(): readonly Camera[] {
    return this.#all;
  }

  find(name: string): Camera | undefined {
    return this.#all.find((camera) => camera.name === name);
  }

  /** The first ones, with all their rings. Throws `no-space`, `owned`, `no-permission` or `failed`. */
  make(wanted: readonly RunningCamera[]): void {
    this.#options.rings.change(wanted.flatMap((camera) => this.#ringRequests(camera)));
    this.#all = wanted.map((camera) => this.#camera(camera));
  }

  /** Resolves when every stage runs; rejects with the first that does not. */
  async start(): Promise<void> {
    await Promise.all(this.#all.map((camera) => camera.supervisor.start()));
  }

  /** Rejects with what `start` does, and with `bad-source` and `bad-image`. */
  async add(wanted: RunningCamera, deadlineMs: number): Promise<void> {
    await checkImage(wanted.name, wanted.profile.slate);
    const rings = this.#options.rings.change(this.#ringRequests(wanted));
    const camera = this.#camera(wanted);
    try {
      await camera.supervisor.start();
      await this.checkFiles(camera);
    } catch (error) {
      await this.#end(camera, deadlineMs);
      rings.undo();
      throw error;
    }
    this.#all = [...this.#all, camera];
  }

  /** Ends its viewers, its core and its rings. */
  async remove(camera: Camera, deadlineMs: number): Promise<void> {
    this.#all = this.#all.filter((one) => one !== camera);
    await this.#end(camera, deadlineMs);
    this.#options.rings.remove(camera.stage.plan.branches.map(({ ring }) => ring));
  }

  /** Rejects as `add` does; the camera is then what it was. */
  async change(camera: Camera, { profile, step, source, slate, controls }: CameraChange): Promise<void> {
    const before = camera.stage;
    // One that has been lost since must not stand in the way of other changes.
    const { mode, image } = camera.profile.slate;
    if (mode !== profile.slate.mode || image !== profile.slate.image)
      await checkImage(camera.name, profile.slate);
    if (source) await this.checkFiles({ name: camera.name, profile, supervisor: camera.supervisor });
    const rings = this.#ringStep(camera, step.stage);
    if ('restart' in step) {
      await camera.restart(profile, step.stage, rings);
    } else {
      await camera.change(profile, step, rings);
    }
    this.#removeRings(before, step.stage);
    if ('restart' in step) return;
    if (controls) await camera.setControls({ replaced: source });
    if (source) camera.replaceSource();
    if (slate) camera.redrawSlate();
  }

  /** Every camera has one of these names. */
  reorder(names: readonly string[]): void {
    this.#all = [...this.#all].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  }

  /** Rejects with `bad-image`. */
  async checkImage({ name, profile }: Camera): Promise<void> {
    await checkImage(name, profile.slate);
  }

  /** Rejects with `bad-source`. */
  async checkFiles(camera: Parameters<typeof checkFiles>[0]): Promise<void> {
    await checkFiles(camera, this.#options.sources);
  }

  devicesChanged(): void {
    for (const { supervisor } of this.#all) supervisor.devicesChanged();
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#known].map((camera) => camera.close(deadlineMs)));
  }

  #camera({ name, profile, stage }: RunningCamera): Camera {
    const { startCore, log, adopt, onControls, ...options } = this.#options;
    const cameraLog = log.child({ camera: name });
    const camera = new Camera({
      ...options,
      name,
      profile,
      stage,
      startCore: startCore(name, cameraLog),
      log: cameraLog,
      adopt: (delivery) => adopt(name, delivery),
      onControls: (controls) => onControls(name, controls),
    });
    this.#known.add(camera);
    return camera;
  }

  async #end(camera: Camera, deadlineMs: number): Promise<void> {
    await camera.close(deadlineMs, 'the camera was taken away');
    this.#known.delete(camera);
  }

  #ringRequests({ name, stage }: RunningCamera, branches?: readonly string[]) {
    return ringRequests(this.#options.instance, name, stage, branches);
  }

  /** Rings that a stage needs and the camera does not have, or not of that geometry. */
  #ringStep({ name, profile, stage: before }: Camera, stage: ArrangedStage): RingStep {
    const wanted = { name, profile, stage };
    const branches = Object.keys(stage.rings).filter((branch) => !serves(before, stage, branch));
    return this.#options.rings.change(this.#ringRequests(wanted, branches));
  }

  /** Takes away the rings that no branch has any more. */
  #removeRings(before: ArrangedStage, { plan }: ArrangedStage): void {
    const paths = plan.branches.map(({ ring }) => ring);
    const gone = before.plan.branches.map(({ ring }) => ring).filter((ring) => !paths.includes(ring));
    this.#options.rings.remove(gone);
  }
}

/** Whether a branch has a ring that can go on. */
function serves(before: ArrangedStage, after: ArrangedStage, branch: string): boolean {
  const [old, wanted] = [before.branches.all[branch], after.branches.all[branch]];
  if (!old || !wanted || !isDeepStrictEqual(before.rings[branch], after.rings[branch])) return false;
  return sameFrames(old, wanted) && ringMode(old) === ringMode(wanted);
}
