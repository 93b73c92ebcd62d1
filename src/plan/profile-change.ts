/** What turns running cameras into those of another profile: the smallest list of things to do. */
import { isDeepStrictEqual } from 'node:util';
import { outputsOf } from '../profile/outputs.js';
import type { CameraProfile, Profile, StreamProfile } from '../profile/profile.js';
import { type Delivery, describeDelivery, rawDelivery, sameDelivery } from './delivery.js';
import type { ArrangedStage } from './stage.js';
import type { PlannedChange } from './stage-change.js';

export interface RunningCamera {
  readonly name: string;
  readonly profile: CameraProfile;
  readonly stage: ArrangedStage;
}

/** How stages are planned, with what the machine has. All throw `missing-element`. */
export interface StagePlanning {
  arrange(camera: string, profile: CameraProfile, delivery: Delivery): ArrangedStage;
  change(running: RunningCamera, profile: CameraProfile): PlannedChange;
  /** The same stage without an encoder that failed; those of this camera within the next hour do without it too. */
  without(encoder: string, running: RunningCamera, why: string): ArrangedStage;
  /** The same stage with it again: it had not failed. */
  with(encoder: string, running: RunningCamera): ArrangedStage;
}

export type StageStep =
  | Exclude<PlannedChange, { restart: string }>
  /** The camera's core is started again, with this stage. */
  | { restart: string; stage: ArrangedStage };

/** A camera that goes on. */
export interface CameraChange {
  camera: string;
  profile: CameraProfile;
  step: StageStep;
  /** Another source, or the same one asked for something else. */
  source: boolean;
  slate: boolean;
  /** Its device's controls are to be others. */
  controls: boolean;
  /** Something else may be lowered, or in another order, while the machine cannot keep up. */
  load: boolean;
  /** Streams whose ways out are others, or have another port. */
  outputs: string[];
}

export interface ProfileChange {
  removed: string[];
  changed: CameraChange[];
  added: RunningCamera[];
  /** Names in the order that they have afterwards. */
  order: string[];
  reordered: boolean;
}

/** By camera: what its source delivers, where the stage is not planned for that, or there is none yet. */
export type Deliveries = ReadonlyMap<string, Delivery>;

/** Throws `missing-element`. */
export function changeProfile(
  running: readonly RunningCamera[],
  wanted: Profile['cameras'],
  planning: StagePlanning,
  deliveries: Deliveries = new Map(),
): ProfileChange {
  const order = Object.keys(wanted);
  const names = running.map(({ name }) => name);
  const staying = names.filter((name) => order.includes(name));
  return {
    removed: names.filter((name) => !order.includes(name)),
    changed: running.flatMap((camera) => {
      const profile = wanted[camera.name];
      if (!profile) return [];
      const delivery = deliveries.get(camera.name) ?? camera.stage.delivery;
      const same = sameCamera(profile, camera.profile) && sameDelivery(delivery, camera.stage.delivery);
      return same ? [] : [changeCamera(camera, profile, delivery, planning)];
    }),
    added: Object.entries(wanted).flatMap(([name, profile]) =>
      names.includes(name)
        ? []
        : [{ name, profile, stage: planning.arrange(name, profile, deliveries.get(name) ?? rawDelivery) }],
    ),
    order,
    reordered: !isDeepStrictEqual(
      staying,
      order.filter((name) => staying.includes(name)),
    ),
  };
}

/** The order of streams counts too: the first ones have the short addresses. */
function sameCamera(a: CameraProfile, b: CameraProfile): boolean {
  const order = (camera: CameraProfile) => Object.keys(camera.streams);
  return isDeepStrictEqual(a, b) && isDeepStrictEqual(order(a), order(b));
}

function changeCamera(
  running: RunningCamera,
  profile: CameraProfile,
  delivery: Delivery,
  planning: StagePlanning,
): CameraChange {
  const before = running.profile;
  const step = stageStep(running, profile, delivery, planning);
  return {
    camera: running.name,
    profile,
    step,
    source:
      !isDeepStrictEqual(before.source, profile.source) ||
      !isDeepStrictEqual(running.stage.capture, step.stage.capture) ||
      lacksCopies(profile, step.stage),
    controls: !isDeepStrictEqual(before.controls, profile.controls),
    load: !sameLadder(before, profile),
    slate: !isDeepStrictEqual(look(before), look(profile)),
    outputs: Object.entries(profile.streams).flatMap(([name, stream]) => {
      const old = before.streams[name];
      const backlog = before.buffers.rtsp !== profile.buffers.rtsp && outputsOf(stream).includes('rtsp');
      return old && (backlog || !sameOutputs(old, stream)) ? [name] : [];
    }),
  };
}

/** A copy needs a source that is asked for what it has encoded. */
function lacksCopies({ streams }: CameraProfile, { delivery }: ArrangedStage): boolean {
  return delivery.media === 'raw' && Object.values(streams).some(({ codec }) => codec === 'copy');
}

function stageStep(
  running: RunningCamera,
  profile: CameraProfile,
  delivery: Delivery,
  planning: StagePlanning,
): StageStep {
  const old = running.stage.delivery;
  const planned: PlannedChange = sameDelivery(delivery, old)
    ? planning.change(running, profile)
    : { restart: `the source delivers ${describeDelivery(delivery)} instead of ${describeDelivery(old)}` };
  if (!('restart' in planned)) return planned;
  return { ...planned, stage: planning.arrange(running.name, profile, delivery) };
}

function sameLadder(a: CameraProfile, b: CameraProfile): boolean {
  return (
    isDeepStrictEqual(a.ladder, b.ladder) &&
    Object.entries(a.streams).every(
      ([name, { priority }]) => priority === (b.streams[name] ?? { priority }).priority,
    )
  );
}

/** Of the slate; its rate is the stage's. */
function look({ slate }: CameraProfile): Omit<CameraProfile['slate'], 'framerate'> {
  const { framerate: _framerate, ...drawn } = slate;
  return drawn;
}

function sameOutputs(a: StreamProfile, b: StreamProfile): boolean {
  return isDeepStrictEqual(outputsOf(a), outputsOf(b)) && portOf(a) === portOf(b) && a.shmsink === b.shmsink;
}

function portOf(stream: StreamProfile): number | undefined {
  return stream.codec === 'jpeg' ? stream.port : undefined;
}
