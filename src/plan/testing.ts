/** For tests: cameras as a profile may have them, and what a core makes of a change. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { profileFromValue } from '../profile/load.js';
import type { BranchProfile, CameraProfile } from '../profile/profile.js';
import { type Delivery, rawDelivery, resolveCopies } from './delivery.js';
import type { StageChange, StagePlan } from './graph.js';
import { branchesFor } from './jpeg-branches.js';

export function camera(streams: Record<string, unknown>, capture: unknown = {}): CameraProfile {
  const { profile } = profileFromValue({ cameras: { cam: { source: 'auto', capture, streams } } }, '/');
  const one = profile.cameras['cam'];
  assert.ok(one);
  return one;
}

/** Every branch that a new plan has: the profile's streams, then the companions. */
export function plannedBranches(
  streams: CameraProfile['streams'],
  delivery: Delivery = rawDelivery,
): Readonly<Record<string, BranchProfile>> {
  return branchesFor(resolveCopies(streams, delivery)).all;
}

const even = (min: number, max: number) => fc.integer({ min: min / 2, max: max / 2 }).map((half) => half * 2);

type Numbers = fc.Arbitrary<number>;
type Rates = fc.Arbitrary<number | string>;

function streamValue(width: Numbers, height: Numbers, framerate: Rates) {
  const fit = fc.constantFrom('contain', 'contain', 'cover', 'stretch');
  const common = { width, height, framerate, fit, always: fc.boolean() };
  return fc.oneof(
    fc.record({
      codec: fc.constant('h264'),
      ...common,
      profile: fc.constantFrom('constrained-baseline', 'main', 'high'),
      bitrate: fc.integer({ min: 100_000, max: 20_000_000 }),
      gop: fc.integer({ min: 1, max: 300 }),
    }),
    fc.record({ codec: fc.constant('jpeg'), ...common, quality: fc.integer({ min: 1, max: 100 }) }),
    fc.record({
      codec: fc.constant('raw'),
      ...common,
      format: fc.constantFrom('NV12', 'I420', 'YUY2', 'RGB', 'BGR', 'GRAY8'),
    }),
  );
}

function camerasOf(stream: ReturnType<typeof streamValue>, name: RegExp, size: Numbers) {
  return fc
    .record({
      streams: fc.dictionary(fc.stringMatching(name), stream, { minKeys: 1, maxKeys: 6 }),
      capture: fc.record({ width: size, height: size }, { requiredKeys: [] }),
    })
    .map(({ streams, capture }) => camera(streams, capture));
}

export const cameras = camerasOf(
  streamValue(
    even(16, 4096),
    even(16, 4096),
    fc.oneof(fc.integer({ min: 1, max: 120 }), fc.constantFrom(29.97, 7.5, '30000/1001', 0.5)),
  ),
  /^x[a-z0-9-]{0,8}$/,
  even(64, 4096),
);

/** With few names, sizes and rates, so that two of them have much in common. */
export const similarCameras = camerasOf(
  streamValue(fc.constantFrom(160, 320, 640), fc.constantFrom(90, 180, 360), fc.constantFrom(5, 10, 30)),
  /^[abcde]$/,
  fc.constantFrom(320, 640),
);

/** The plan that a change makes of another: a core does the same. */
export function applyChange(before: StagePlan, change: StageChange): Pick<StagePlan, 'graph' | 'branches'> {
  const gone = new Set(change.remove.nodes);
  const nodes = before.graph.nodes
    .filter(({ id }) => !gone.has(id))
    .map((node) => {
      const set = change.set.filter((one) => one.node === node.id);
      const properties = Object.fromEntries(set.map(({ property, value }) => [property, value]));
      return { ...node, properties: { ...node.properties, ...properties } };
    });
  const links = before.graph.links.filter(({ from, to }) => !gone.has(from) && !gone.has(to));
  const branches = before.branches
    .filter(({ stream }) => !change.remove.streams.includes(stream))
    .map((branch) => change.adjust.find(({ stream }) => stream === branch.stream) ?? branch);
  return {
    graph: { nodes: [...nodes, ...change.add.nodes], links: [...links, ...change.add.links] },
    branches: [...branches, ...change.add.branches],
  };
}
