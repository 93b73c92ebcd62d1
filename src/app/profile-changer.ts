import { messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { RtspOutput, RtspStream } from '../output/rtsp.js';
import { actionsOf } from '../plan/actions.js';
import {
  changeProfile,
  type Deliveries,
  type ProfileChange,
  type StagePlanning,
} from '../plan/profile-change.js';
import type { Profile } from '../profile/profile.js';
import { rtspCodec } from './addresses.js';
import type { Camera } from './camera.js';
import type { Cameras } from './cameras.js';
import type { EncoderTrials } from './encoder-trials.js';
import type { MjpegPorts } from './mjpeg-ports.js';
import { rtspStreams } from './outputs.js';
import type { ShmSinks } from './shmsinks.js';
import type { SourcePlanner } from './source-planner.js';

/** A camera that goes, or did not come: its worker may take so long to end. */
const endDeadlineMs = 3000;

export interface ProfileChangerOptions {
  cameras: Cameras;
  ports: MjpegPorts;
  rtsp: Pick<RtspOutput, 'setStreams'>;
  shmsinks: Pick<ShmSinks, 'serve'>;
  planning: StagePlanning;
  sources: Pick<SourcePlanner, 'foresee'>;
  encoders: Pick<EncoderTrials, 'knownFor'>;
  log: Log;
}

/** Makes the running cameras those of another profile. */
export class ProfileChanger {
  readonly #options: ProfileChangerOptions;
  #stopped = false;

  constructor(options: ProfileChangerOptions) {
    this.#options = options;
  }

  /** What would have to be done. Throws `missing-element`. */
  plan(wanted: Profile['cameras'], deliveries?: Deliveries): ProfileChange {
    const { cameras, planning } = this.#options;
    return changeProfile(cameras.all, wanted, planning, deliveries);
  }

  /**
   * Does it, and then `commit`s. When something fails, also the commit, what
   * ran before is brought back. Rejects with `address-in-use`, `no-space`,
   * `bad-source` and whatever else a camera cannot start for. `deliveries`: of
   * cameras whose sources deliver what their stages are not planned for.
   */
  async become(
    wanted: Profile['cameras'],
    commit: () => Promise<void>,
    deliveries?: Deliveries,
  ): Promise<ProfileChange> {
    const { cameras, ports, sources, encoders } = this.#options;
    await encoders.knownFor(wanted);
    const added = Object.entries(wanted).filter(([name]) => !cameras.find(name));
    const change = this.plan(wanted, deliveries ?? (await sources.foresee(Object.fromEntries(added))));
    const before = {
      cameras: Object.fromEntries(cameras.all.map(({ name, profile }) => [name, profile])),
      deliveries: new Map(cameras.all.map(({ name, stage }) => [name, stage.delivery])),
    };
    const listening = await ports.change(wanted);
    try {
      await this.#execute(change);
      await commit();
    } catch (error) {
      await listening.undo();
      await this.#goBack(before, error);
      throw error;
    }
    await listening.keep();
    return change;
  }

  /** The appliance is closing: what fails from now on is not brought back. */
  stop(): void {
    this.#stopped = true;
  }

  /** What goes, goes first: its ports, its memory and its devices may be what the others wait for. */
  async #execute(change: ProfileChange): Promise<void> {
    const { cameras, rtsp, log } = this.#options;
    for (const { action, ...facts } of actionsOf(change)) log.info(facts, `change: ${action}`);
    const going = cameras.all.filter(({ name }) => change.removed.includes(name));
    await rtsp.setStreams(rtspStreams(cameras.all).filter((stream) => staysMounted(stream, change)));
    for (const camera of going) {
      this.#mayGoOn();
      await cameras.remove(camera, endDeadlineMs);
    }
    for (const one of change.changed) {
      this.#mayGoOn();
      const camera = cameras.find(one.camera);
      if (camera) await cameras.change(camera, one);
    }
    for (const one of change.added) {
      this.#mayGoOn();
      await cameras.add(one, endDeadlineMs);
    }
    cameras.reorder(change.order);
    await this.#mount(cameras.all);
  }

  #mayGoOn(): void {
    if (this.#stopped) throw new TeecamError('closed', 'the appliance is closing');
  }

  async #mount(cameras: readonly Camera[]): Promise<void> {
    await this.#options.rtsp.setStreams(rtspStreams(cameras));
    await this.#options.shmsinks.serve(cameras);
  }

  async #goBack(
    before: { cameras: Profile['cameras']; deliveries: Deliveries },
    reason: unknown,
  ): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.#execute(this.plan(before.cameras, before.deliveries));
    } catch (error) {
      const running = this.#options.cameras.all.map(({ name }) => name).join(', ') || 'none';
      const message = `${messageOf(reason)}; what was before cannot be brought back: ${messageOf(error)}. These cameras run now: ${running}`;
      throw new TeecamError('internal', message, { cause: reason, expose: true });
    }
  }
}

/** Whoever watches by RTSP has been told what to expect. */
function staysMounted({ camera, stream, codec }: RtspStream, { removed, changed }: ProfileChange): boolean {
  if (removed.includes(camera)) return false;
  const change = changed.find((one) => one.camera === camera);
  const wanted = change?.profile.streams[stream] && change.step.stage.branches.all[stream];
  return !change || (wanted !== undefined && rtspCodec(wanted) === codec);
}
