import { systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { StartCarrier } from '../camera/carrier.js';
import { SlateFile } from '../camera/slate-file.js';
import { Supervisor } from '../camera/supervisor.js';
import type { NativePort } from '../native/port.js';
import type { StagePlan } from '../plan/graph.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Pad } from '../stream/pad.js';
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
    this.streams = stage.branches.map(({ stream, ring }) => {
      const streamProfile = profile.streams[stream];
      if (!streamProfile)
        throw new TeecamError('internal', `the plan has a stream ${stream} that the profile lacks`);
      return new Stream({ camera: name, name: stream, profile: streamProfile, ring, native, log });
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
    for (const stream of this.streams) stream.close();
    await this.supervisor.close(deadlineMs);
  }
}
