import type { Capabilities } from '../plan/capabilities.js';
import type { StagePlanning } from '../plan/profile-change.js';
import { arrangeStage, encodedAnew } from '../plan/stage.js';
import { changeStage } from '../plan/stage-change.js';
import type { CameraProfile } from '../profile/profile.js';
import { ringFolder } from './ring-set.js';

/** Stages of this machine and this instance. */
export function stagePlanning(capabilities: Capabilities, instance: string | null): StagePlanning {
  /** By camera: what failed one may do for another, with other sizes. */
  const failed = new Map<string, ReadonlySet<string>>();
  const request = (camera: string, profile: CameraProfile) => {
    const failedEncoders = failed.get(camera) ?? new Set();
    return { camera, profile, capabilities, instance, ringFolder, failedEncoders };
  };
  return {
    arrange: (camera, profile, delivery) => arrangeStage({ ...request(camera, profile), delivery }),
    change: ({ name, stage }, profile) => changeStage(stage, request(name, profile)),
    without: (encoder, { name, profile, stage }) => {
      failed.set(name, new Set([...(failed.get(name) ?? []), encoder]));
      return encodedAnew(stage, request(name, profile));
    },
  };
}
