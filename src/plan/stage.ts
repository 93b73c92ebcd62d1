import type { BranchProfile, CameraProfile, EncodableProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import type { RingGeometry } from '../ring/layout.js';
import { requireElements } from './capabilities.js';
import { type Delivery, isMadeHere, passesThrough, resolveCopies } from './delivery.js';
import type { Fraction, StagePlan } from './graph.js';
import { branchesFor, type PlannedBranches } from './jpeg-branches.js';
import { arrangePictures, type Pictures } from './pictures.js';
import { ringGeometry } from './ring-geometry.js';
import { slateEncoder } from './slate-encoder.js';
import { type Arrangement, StagePlanner, type StageRequest } from './stage-planner.js';

/** A planned stage and what it was made from: what a change begins at. */
export interface ArrangedStage {
  plan: StagePlan;
  delivery: Delivery;
  /** What the source is asked for. */
  capture: CameraProfile['capture'];
  slate: CameraProfile['slate'];
  /** Of the profile; `branches` has the companions too. */
  streams: CameraProfile['streams'];
  branches: PlannedBranches;
  /** Null: every branch is given what the source has encoded. */
  pictures: Pictures | null;
  /** By branch. */
  rings: Readonly<Record<string, RingGeometry>>;
}

/** Plans the stage pipeline of a camera. Throws `missing-element`. */
export function planStage(request: StageRequest): StagePlan {
  return arrangeStage(request).plan;
}

/** The same with all that a later change needs. Throws `missing-element`. */
export function arrangeStage(request: StageRequest): ArrangedStage {
  const { delivery } = request;
  const { capture, slate, streams } = request.profile;
  const branches = branchesFor(resolveCopies(streams, delivery));
  const pictures = arrangePictures({ capture, streams: made(branches, delivery) });
  const size = delivery.media === 'raw' ? pictures?.size : delivery;
  const gate = {
    media: delivery.media,
    width: size?.width ?? capture.width,
    height: size?.height ?? capture.height,
    framerate: capture.framerate,
    stallMs: stallMs(capture.framerate),
    slateFramerate: slate.framerate,
    slateFile: request.slateFile ?? null,
    slateEncoder: slateEncoder(delivery.media, request.capabilities, `camera ${request.camera}`),
  };
  const rings = Object.fromEntries(
    Object.entries(branches.all).map(([name, stream]) => [name, branchRing(stream, delivery)]),
  );
  const plan = buildStage(request, { pictures, branches, gate });
  return { plan, delivery, capture, slate, streams, branches, pictures, rings };
}

/** The branches that are made from pictures. */
export function made({ all }: PlannedBranches, delivery: Delivery): Record<string, EncodableProfile> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, stream]) => (isMadeHere(stream, delivery) ? [[name, stream]] : [])),
  );
}

export function branchRing(stream: BranchProfile, delivery: Delivery): RingGeometry {
  return ringGeometry(stream, passesThrough(stream, delivery));
}

/** The same arrangement, with the encoders that are left. Throws `missing-element`. */
export function encodedAnew(running: ArrangedStage, request: Omit<StageRequest, 'delivery'>): ArrangedStage {
  const { pictures, branches, plan, delivery } = running;
  const arrangement = { pictures, branches, gate: plan.gate };
  return { ...running, plan: buildStage({ ...request, delivery }, arrangement) };
}

/** The graph of an arrangement. Throws `missing-element`. */
export function buildStage(request: StageRequest, arrangement: Arrangement): StagePlan {
  const { camera, capabilities } = request;
  const { branches, gate } = arrangement;
  const stage = new StagePlanner(request);
  const inlet = stage.plan(arrangement);
  const graph = stage.builder.graph;
  requireElements(
    { ...graph, nodes: [...graph.nodes, ...gate.slateEncoder] },
    capabilities,
    `camera ${camera}`,
  );
  const ordered = Object.keys(branches.all).flatMap((name) =>
    stage.branches.filter((one) => one.stream === name),
  );
  const { sleepAfterMs } = request.profile;
  return { camera, graph, inlet, gate, branches: ordered, sleepAfterMs };
}

/** Half a second without a frame, or five frames of a slow camera. */
function stallMs(framerate: Fraction): number {
  return Math.max(500, Math.round(5000 / perSecond(framerate)));
}
