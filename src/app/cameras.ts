import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import type { StagePlan } from '../plan/graph.js';
import { jpegCompanions, plannedBranches } from '../plan/jpeg-branches.js';
import { ringGeometry } from '../plan/ring-geometry.js';
import { outputsOf } from '../profile/outputs.js';
import type { Profile } from '../profile/profile.js';
import { Camera } from './camera.js';
import type { CoreStarter } from './core-starter.js';
import type { RingRequest } from './ring-set.js';
import type { SourcePlanner } from './source-planner.js';

export interface CamerasOptions {
  profile: Profile;
  stages: readonly StagePlan[];
  native: NativePort;
  startCore: CoreStarter;
  /** Private, for the slates. */
  folder: string;
  sources: SourcePlanner;
  log: Log;
  onChange(): void;
}

/** The cameras of a profile, in its order. */
export class Cameras {
  readonly all: readonly Camera[];

  constructor({ profile, stages, log, startCore, ...options }: CamerasOptions) {
    this.all = stages.map((stage) => {
      const name = stage.camera;
      const cameraLog = log.child({ camera: name });
      return new Camera({
        ...options,
        name,
        profile: cameraProfile(profile, name),
        stage,
        startCore: startCore(name, cameraLog),
        log: cameraLog,
      });
    });
  }

  find(name: string): Camera | undefined {
    return this.all.find((camera) => camera.name === name);
  }

  /** Resolves when every stage runs; rejects with the first that does not. */
  async start(): Promise<void> {
    await Promise.all(this.all.map((camera) => camera.supervisor.start()));
  }

  devicesChanged(): void {
    for (const { supervisor } of this.all) supervisor.devicesChanged();
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.all.map((camera) => camera.close(deadlineMs)));
  }
}

/** The ring files that the plans write to. */
export function ringRequests(profile: Profile, stages: readonly StagePlan[]): RingRequest[] {
  return stages.flatMap(({ camera, branches }) => {
    const { streams } = cameraProfile(profile, camera);
    const planned = plannedBranches(streams);
    const companions = new Map(jpegCompanions(streams).map(({ name, stream }) => [name, stream]));
    return branches.map(({ stream: branch, ring }) => {
      const branchProfile = planned[branch];
      if (!branchProfile)
        throw new TeecamError('internal', `the plan has a branch ${branch} that the profile lacks`);
      return {
        path: ring,
        geometry: ringGeometry(branchProfile),
        instance: profile.instance ?? '',
        camera,
        stream: companions.get(branch) ?? branch,
        mode: outputsOf(branchProfile).includes('shm') ? 0o640 : 0o600,
        gid: null,
      };
    });
  });
}

function cameraProfile(profile: Profile, name: string): Profile['cameras'][string] {
  const camera = profile.cameras[name];
  if (!camera) throw new TeecamError('internal', `the plan has a camera ${name} that the profile lacks`);
  return camera;
}
