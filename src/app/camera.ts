import { systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { StartCarrier } from '../camera/carrier.js';
import { SlateFile } from '../camera/slate-file.js';
import { Supervisor } from '../camera/supervisor.js';
import type { NativePort } from '../native/port.js';
import type { StagePlan } from '../plan/graph.js';
import { jpegBranchOf, plannedBranches } from '../plan/jpeg-branches.js';
import type { CameraProfile } from '../profile/profile.js';
import { stopCodes } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { ringPad } from './ring-pad.js';
import type { SourcePlanner } from './source-planner.js';
import { Stream } from './stream.js';

export interface CameraOptions {
  name: string;
  profile: CameraProfile;
  stage: StagePlan;
  native: NativePort;
  startCore: StartCarrier;
  /** Private, for the slate. */
  folder: string;
  sources: SourcePlanner;
  log: Log;
  onChange(): void;
}

/** A camera of the appliance: its supervisor and its streams. */
export class Camera {
  readonly name: string;
  readonly profile: CameraProfile;
  readonly supervisor: Supervisor;
  readonly streams: readonly Stream[];
  /** By branch: a stream's, or a JPEG one beside it. */
  readonly #pads: ReadonlyMap<string, Pad>;

  constructor(options: CameraOptions) {
    const { name, profile, stage, native, folder, sources, log } = options;
    this.name = name;
    this.profile = profile;
    const slate = new SlateFile(folder, name, { title: profile.slate.title, size: stage.gate });
    const slateFile = profile.slate.mode === 'text' ? slate.path : null;
    this.supervisor = new Supervisor({
      camera: name,
      sources: profile.source.map((source) => source.text),
      stage: { ...stage, gate: { ...stage.gate, slateFile } },
      planSource: (uri, probe) => sources.plan(name, profile, uri, probe),
      startCore: options.startCore,
      slate,
      clock: systemClock,
      log,
      onChange: options.onChange,
    });
    const planned = plannedBranches(profile.streams);
    this.#pads = new Map(
      stage.branches.map(({ stream: branch, ring }) => {
        const branchProfile = planned[branch];
        if (!branchProfile)
          throw new TeecamError('internal', `the plan has a branch ${branch} that the profile lacks`);
        return [branch, ringPad({ camera: name, branch, profile: branchProfile, ring, native, log })];
      }),
    );
    this.streams = stage.branches.flatMap(({ stream, ring }) => {
      const streamProfile = profile.streams[stream];
      if (!streamProfile) return [];
      const jpeg = jpegBranchOf(profile.streams, stream);
      return new Stream({
        name: stream,
        profile: streamProfile,
        ring,
        pad: this.#pad(stream),
        jpeg: jpeg === null ? null : { name: jpeg, pad: this.#pad(jpeg) },
      });
    });
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

  /** Tells the targets, then ends the core. */
  async close(deadlineMs: number): Promise<void> {
    for (const pad of this.#pads.values()) pad.close(stopCodes.ok, 'the appliance ends');
    await this.supervisor.close(deadlineMs);
  }

  #pad(branch: string): Pad {
    const pad = this.#pads.get(branch);
    if (!pad) throw new TeecamError('internal', `the plan lacks the branch ${branch}`);
    return pad;
  }
}
