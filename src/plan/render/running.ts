/** A camera's graph while it runs: what passes along its links, and where frames go. Pure. */
import type { GraphNode, SourcePlan, StagePlan } from '../graph.js';
import { type Flow, flowOf, sourcePrefix } from './flow.js';

export interface Count {
  frames: number;
  perSecond: number;
}

/** Of one element. */
export interface NodeCounts {
  entered: Count;
  lost: Count;
}

export interface GateCounts {
  captured: Count;
  /** Replaced by a newer frame before the stage took them. */
  dropped: Count;
  /** Broken, or not to be decoded, and kept from the stage. */
  undecodable: Count;
  slates: Count;
}

/** Of one branch. */
export interface BranchCounts {
  open: boolean;
  readers: number;
  published: Count;
  bitrateBps: number;
  /** Capture to publication of the newest frame; null while it is closed. */
  latencyMs: number | null;
}

export interface RunningCamera {
  camera: string;
  state: string;
  reason: string | null;
  /** Null while no source is open. */
  source: SourcePlan | null;
  stage: StagePlan;
  /** Null where nothing is counted. */
  node(pipeline: 'source' | 'stage', id: string): NodeCounts | null;
  gate: GateCounts | null;
  branch(name: string): BranchCounts;
}

/**
 * Frames that enter an element and do not leave it. `thinned`: the rate is
 * meant to be lower behind it. `closed`: nobody reads what lies behind it.
 * `lost`: somebody would have had them.
 */
export interface Drops extends Count {
  kind: 'thinned' | 'closed' | 'lost';
}

/** A node with what flows into it and out of it. */
export interface RunningFlow {
  node: GraphNode;
  streams: string[];
  /** Frames get here, as far as valves decide it. */
  open: boolean;
  /** Along the link to it; null where it is not counted. */
  into: Count | null;
  drops: Drops | null;
  /** Of the branch that ends here. */
  branch: BranchCounts | null;
  next: RunningFlow[];
}

export function runningFlow(camera: RunningCamera): RunningFlow {
  const openValves = new Set(
    camera.stage.branches
      .filter((branch) => camera.branch(branch.stream).open)
      .flatMap((branch) => branch.valves),
  );
  const branchOf = new Map(camera.stage.branches.map((branch) => [branch.sink, branch.stream]));
  const build = (flow: Flow, before: Flow | null, openBefore: boolean): RunningFlow => {
    const { node, streams } = flow;
    const open = openBefore && (node.element !== 'valve' || openValves.has(node.id));
    const branch = branchOf.get(node.id);
    return {
      node,
      streams,
      open,
      into: before && into(camera, node, before.node),
      drops: dropsOf(camera, flow, open),
      branch: branch === undefined ? null : camera.branch(branch),
      next: flow.next.map((one) => build(one, flow, open)),
    };
  };
  return build(flowOf(camera), null, true);
}

function countsOf(camera: RunningCamera, id: string): NodeCounts | null {
  return id.startsWith(sourcePrefix)
    ? camera.node('source', id.slice(sourcePrefix.length))
    : camera.node('stage', id);
}

function into(camera: RunningCamera, node: GraphNode, before: GraphNode): Count | null {
  if (node.id === 'gate') return camera.gate?.captured ?? null;
  if (before.id === 'gate' && camera.gate) {
    const { captured, undecodable, slates } = camera.gate;
    return sum(sum(captured, undecodable, -1), slates);
  }
  if (before.id === 'gate') return null;
  // What a file is read in are no frames.
  if (before.element === 'filesrc') return null;
  return countsOf(camera, node.id)?.entered ?? null;
}

function dropsOf(camera: RunningCamera, { node, next }: Flow, open: boolean): Drops | null {
  if (node.id === 'gate')
    return camera.gate && { kind: 'lost', ...sum(camera.gate.dropped, camera.gate.undecodable) };
  const counts = countsOf(camera, node.id);
  if (!counts) return null;
  if (node.element === 'queue' || node.element === 'teecamringsink') return { kind: 'lost', ...counts.lost };
  const [after] = next;
  const passed = after ? countsOf(camera, after.node.id) : null;
  if (!passed) return null;
  const difference = sum(counts.entered, passed.entered, -1);
  if (node.element === 'teecamrate') return { kind: 'thinned', ...difference };
  return node.element === 'valve' && !open ? { kind: 'closed', ...difference } : null;
}

/** A frame may be between two counters; it is not missing. */
function sum(a: Count, b: Count, sign: 1 | -1 = 1): Count {
  return {
    frames: Math.max(0, a.frames + sign * b.frames),
    perSecond: Math.max(0, a.perSecond + sign * b.perSecond),
  };
}

/** The same as lists. */
export interface RunningGraph {
  camera: string;
  state: string;
  reason: string | null;
  nodes: (Omit<RunningFlow, 'node' | 'next' | 'into'> & GraphNode)[];
  links: { from: string; to: string; open: boolean; frames: number | null; perSecond: number | null }[];
}

export function runningGraph(camera: RunningCamera): RunningGraph {
  const graph: RunningGraph = {
    camera: camera.camera,
    state: camera.state,
    reason: camera.reason,
    nodes: [],
    links: [],
  };
  const visit = ({ node, streams, open, drops, branch, next }: RunningFlow): void => {
    graph.nodes.push({ ...node, streams, open, drops, branch });
    for (const one of next) {
      const { frames = null, perSecond = null } = one.into ?? {};
      graph.links.push({ from: node.id, to: one.node.id, open: one.open, frames, perSecond });
      visit(one);
    }
  };
  visit(runningFlow(camera));
  return graph;
}
