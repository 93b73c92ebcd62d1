/**
 * How a running stage becomes another one. What did not change stays exactly
 * where it is in the running arrangement, also where a new plan would have it
 * elsewhere: the best arrangement comes with the next start of the camera.
 */
import { outputsOf } from '../profile/outputs.js';
import { type BranchProfile, type CameraProfile, derivedCapture } from '../profile/profile.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { RingGeometry } from '../ring/layout.js';
import { resolveCopies } from './delivery.js';
import type { StageChange } from './graph.js';
import { branchesFor } from './jpeg-branches.js';
import { arrangePictures, type Pictures, rearrangePictures } from './pictures.js';
import { sameShape } from './shape.js';
import { type ArrangedStage, branchRing, buildStage, made } from './stage.js';
import { stageDifference } from './stage-difference.js';
import type { StageRequest } from './stage-planner.js';

/**
 * Branches whose ring files are to be made before the change; to be replaced, by
 * a draft before the change that is published after it; to be removed after it.
 */
export interface RingChange {
  made: string[];
  replaced: string[];
  removed: string[];
}

export type PlannedChange =
  /** `stage` is what runs when the core has made `change`. */
  | { stage: ArrangedStage; change: StageChange; rings: RingChange }
  /** Why the camera's core has to be started again, as a sentence. */
  | { restart: string };

/**
 * The smallest change of a running stage that gives a profile what it wants.
 * `capture` of the new stage is what the source is to be asked for; where it is
 * the running one, the source stays. Throws `missing-element`.
 */
export function changeStage(running: ArrangedStage, request: Omit<StageRequest, 'delivery'>): PlannedChange {
  const { streams, slate } = request.profile;
  const capture = captureGoingOn(running, request.profile);
  if (!sameShape(running.capture, capture)) {
    return {
      restart: `capture has another shape: ${sizeOf(capture)} instead of ${sizeOf(running.capture)}`,
    };
  }
  if (perSecond(slate.framerate) !== perSecond(running.slate.framerate)) {
    const rates = [slate.framerate, running.slate.framerate].map(formatFramerate);
    return { restart: `slate.framerate is ${rates.join(' instead of ')}` };
  }
  if (request.profile.sleepAfterMs !== running.plan.sleepAfterMs)
    return { restart: 'capture.onDemand and its linger hold from the start of a camera on' };
  const { delivery } = running;
  const branches = branchesFor(resolveCopies(streams, delivery), running.branches);
  const wanted = made(branches, delivery);
  const before = Object.keys(wanted).length > 0 ? running.pictures : null;
  const rearranged = before && rearrangePictures(before, { capture, streams: wanted });
  if (before && !rearranged && delivery.media === 'raw') return { restart: shortage(before, streams) };
  // What hangs below the tee of the encoded frames can be made anew by itself.
  const pictures = rearranged ?? arrangePictures({ capture, streams: wanted });
  const plan = buildStage({ ...request, delivery }, { pictures, branches, gate: running.plan.gate });
  const rings: Record<string, RingGeometry> = {};
  const ringChange: RingChange = { made: [], replaced: [], removed: [] };
  for (const [name, stream] of Object.entries(branches.all)) {
    const old = running.branches.all[name];
    const geometry = running.rings[name];
    const needed = branchRing(stream, delivery);
    const goesOn = old && geometry && sameFrames(old, stream) && hasRoom(geometry, needed);
    rings[name] = goesOn ? geometry : needed;
    if (!goesOn) ringChange[old ? 'replaced' : 'made'].push(name);
  }
  ringChange.removed.push(...Object.keys(running.rings).filter((name) => !(name in rings)));
  const resized = ringChange.replaced.filter(
    (name) => running.rings[name]?.slotCount !== rings[name]?.slotCount,
  );
  const change = stageDifference(running.plan, plan, { anew: resized });
  if (!change) return { restart: 'what all streams are made from changes' };
  const stage = { plan, delivery, capture, slate, streams, branches, pictures, rings };
  return { stage, change: { ...change, drafts: ringChange.replaced }, rings: ringChange };
}

/** Why what runs is not enough for these streams. */
function shortage({ size, framerate, split }: Pictures, streams: CameraProfile['streams']): string {
  if (!split && Object.values(streams).some(({ fit }) => fit !== 'contain'))
    return 'a stream is to be cut or stretched, which none is now';
  const limit = `${sizeOf(size)} at ${formatFramerate(framerate)}`;
  return `a stream wants more than the ${limit} that all streams are made from now`;
}

/**
 * Sizes and rates that follow the streams come down only with the next start:
 * the source and everybody else's picture stay as they are.
 */
function captureGoingOn(running: ArrangedStage, wanted: CameraProfile): CameraProfile['capture'] {
  const follows = (camera: Pick<CameraProfile, 'capture' | 'streams'>) => {
    const derived = derivedCapture(Object.values(camera.streams));
    const { width, height, framerate } = camera.capture;
    return {
      size: width === derived.width && height === derived.height,
      rate: perSecond(framerate) === perSecond(derived.framerate),
    };
  };
  const [before, now] = [follows(running), follows(wanted)];
  const { width, height, framerate } = running.capture;
  const keepsSize =
    before.size && now.size && width >= wanted.capture.width && height >= wanted.capture.height;
  const keepsRate = before.rate && now.rate && perSecond(framerate) >= perSecond(wanted.capture.framerate);
  return {
    ...wanted.capture,
    ...(keepsSize && { width, height }),
    ...(keepsRate && { framerate }),
  };
}

/** Readers may take a ring's codec and format for granted, and who may read it is a matter of the file. */
export function sameFrames(a: BranchProfile, b: BranchProfile): boolean {
  const [isPublic, wasPublic] = [a, b].map((stream) => outputsOf(stream).includes('shm'));
  const sameFormat = a.codec !== 'raw' || b.codec !== 'raw' || a.format === b.format;
  return a.codec === b.codec && sameFormat && isPublic === wasPublic;
}

/** A ring that is larger than need be goes on until the next start. */
function hasRoom(ring: RingGeometry, needed: RingGeometry): boolean {
  return (
    ring.slotCount === needed.slotCount &&
    ring.slotSize === needed.slotSize &&
    ring.frameCount >= needed.frameCount &&
    ring.arenaSize >= needed.arenaSize
  );
}

function sizeOf({ width, height }: { width: number; height: number }): string {
  return `${width}x${height}`;
}
