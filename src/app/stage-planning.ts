import type { Capabilities } from '../plan/capabilities.js';
import type { StagePlanning } from '../plan/profile-change.js';
import { arrangeStage } from '../plan/stage.js';
import { changeStage } from '../plan/stage-change.js';
import type { CameraProfile } from '../profile/profile.js';
import { ringFolder } from './ring-set.js';

/** Stages of this machine and this instance. */
export function stagePlanning(capabilities: Capabilities, instance: string | null): StagePlanning {
  const request = (camera: string, profile: CameraProfile) => {
    return { camera, profile, capabilities, instance, ringFolder };
  };
  return {
    arrange: (camera, profile, delivery) => arrangeStage({ ...request(camera, profile), delivery }),
    change: ({ name, stage }, profile) => changeStage(stage, request(name, profile)),
  };
}
