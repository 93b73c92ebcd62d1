import { type Clock, systemClock } from '../base/clock.js';
import type { Capabilities } from '../plan/capabilities.js';
import type { StagePlanning } from '../plan/profile-change.js';
import { arrangeStage, encodedAnew } from '../plan/stage.js';
import { changeStage } from '../plan/stage-change.js';
import type { CameraProfile } from '../profile/profile.js';
import type { EncoderFailure, EncoderFailures } from './encoder-failures.js';
import { ringFolder } from './ring-set.js';

/** A driver that had a bad moment is not done without for ever; one that fails again has cost a pause an hour. */
const heldAgainstMs = 3_600_000;

export interface RememberingPlanning extends StagePlanning {
  /** Encoders that are done without now. */
  failures(): readonly EncoderFailure[];
}

export interface StagePlanningOptions {
  clock?: Clock;
  /** Told of failures, for other processes. */
  kept?: Pick<EncoderFailures, 'add' | 'remove'> | null;
}

/** Stages of this machine and this instance. */
export function stagePlanning(
  capabilities: Capabilities,
  instance: string | null,
  { clock = systemClock, kept = null }: StagePlanningOptions = {},
): RememberingPlanning {
  /** By camera: what failed one may do for another, with other sizes. */
  let failed: readonly (EncoderFailure & { atMs: number })[] = [];
  const held = () => failed.filter(({ atMs }) => clock.now() < atMs + heldAgainstMs);
  const forget = (name: string, encoder: string) =>
    held().filter((one) => one.camera !== name || one.encoder !== encoder);
  const request = (camera: string, profile: CameraProfile) => {
    const ofCamera = held().filter((one) => one.camera === camera);
    const failedEncoders = new Set(ofCamera.map(({ encoder }) => encoder));
    return { camera, profile, capabilities, instance, ringFolder, failedEncoders };
  };
  return {
    arrange: (camera, profile, delivery) => arrangeStage({ ...request(camera, profile), delivery }),
    change: ({ name, stage }, profile) => changeStage(stage, request(name, profile)),
    without: (encoder, { name, profile, stage }, why) => {
      const failure = { camera: name, encoder, why, since: new Date() };
      failed = [...forget(name, encoder), { ...failure, atMs: clock.now() }];
      kept?.add(failure);
      return encodedAnew(stage, request(name, profile));
    },
    with: (encoder, { name, profile, stage }) => {
      failed = forget(name, encoder);
      kept?.remove({ camera: name, encoder });
      return encodedAnew(stage, request(name, profile));
    },
    failures: held,
  };
}
