import { isDeepStrictEqual } from 'node:util';
import { h264Encoders } from './encoders.js';
import type { BranchPlan, Graph, GraphNode, StageChange, StagePlan } from './graph.js';

/** By element: what takes effect at once when it is set while frames pass. */
const liveProperties: Readonly<Record<string, readonly string[]>> = {
  teecamrate: ['max-framerate'],
  ...Object.fromEntries(h264Encoders.map(({ element, live }) => [element, live])),
  jpegenc: ['quality'],
  queue: ['max-size-buffers'],
  appsrc: ['max-buffers'],
};

/**
 * The change from one plan to another. Elements are taken out and put in by
 * whole subtrees, each hanging on a tee that stays. Null when they differ in
 * what is no part of any: from the inlet to the first tee. `anew`: streams
 * whose sinks cannot stay though they look the same, since raw frames are
 * written into slots that their ring lends to the elements before it.
 */
export function stageDifference(
  before: StagePlan,
  after: StagePlan,
  { anew }: { anew: readonly string[] },
): Omit<StageChange, 'drafts'> | null {
  const [old, wanted] = [new Tree(before.graph), new Tree(after.graph)];
  const ending = new Set(
    before.branches.flatMap(({ stream, sink }) => (anew.includes(stream) ? [sink] : [])),
  );
  const heads = new Set<string>();
  for (const id of new Set([...old.nodes.keys(), ...wanted.nodes.keys()])) {
    if (staysAt(id, old, wanted) && !ending.has(id)) continue;
    for (const tree of [old, wanted]) {
      const head = tree.headOf(id);
      if (head === null) return null;
      if (head !== undefined) heads.add(head);
    }
  }
  const removed = new Set([...heads].flatMap((head) => old.below(head)));
  const added = new Set([...heads].flatMap((head) => wanted.below(head)));
  const same = (branch: BranchPlan) => !added.has(branch.sink);
  return {
    set: after.graph.nodes.flatMap((node) =>
      added.has(node.id) ? [] : settings(old.nodes.get(node.id), node),
    ),
    remove: {
      nodes: [...removed],
      streams: before.branches.flatMap(({ sink, stream }) => (removed.has(sink) ? [stream] : [])),
    },
    add: {
      nodes: after.graph.nodes.filter(({ id }) => added.has(id)),
      links: after.graph.links.filter(({ to }) => added.has(to)),
      branches: after.branches.filter((branch) => !same(branch)),
    },
    adjust: after.branches.filter(
      (branch) => same(branch) && !before.branches.some((one) => isDeepStrictEqual(one, branch)),
    ),
  };
}

/** Whether an element can go on where it is. */
function staysAt(id: string, old: Tree, wanted: Tree): boolean {
  const [before, after] = [old.nodes.get(id), wanted.nodes.get(id)];
  if (!before || !after || before.element !== after.element || old.parent(id) !== wanted.parent(id))
    return false;
  const live = liveProperties[after.element] ?? [];
  return (
    isDeepStrictEqual(without(before, live), without(after, live)) &&
    isDeepStrictEqual(names(before), names(after))
  );
}

function without(node: GraphNode, properties: readonly string[]): GraphNode['properties'] {
  return Object.fromEntries(Object.entries(node.properties).filter(([name]) => !properties.includes(name)));
}

function names(node: GraphNode): string[] {
  return Object.keys(node.properties).sort();
}

function settings(before: GraphNode | undefined, after: GraphNode): StageChange['set'] {
  return Object.entries(after.properties).flatMap(([property, value]) =>
    before?.properties[property] === value ? [] : [{ node: after.id, property, value }],
  );
}

/** A stage's graph: every node has one parent but the inlet, which has none. */
class Tree {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly #parents: ReadonlyMap<string, string>;
  readonly #children = new Map<string, string[]>();

  constructor({ nodes, links }: Graph) {
    this.nodes = new Map(nodes.map((node) => [node.id, node]));
    this.#parents = new Map(links.map(({ from, to }) => [to, from]));
    for (const { from, to } of links) this.#children.set(from, [...(this.#children.get(from) ?? []), to]);
  }

  parent(id: string): string | undefined {
    return this.#parents.get(id);
  }

  /** The first node behind the nearest tee above; null: there is no tee above, undefined: no such node. */
  headOf(id: string): string | null | undefined {
    if (!this.nodes.has(id)) return undefined;
    let head = id;
    for (let parent = this.parent(head); parent !== undefined; parent = this.parent(head)) {
      if (this.nodes.get(parent)?.element === 'tee') return head;
      head = parent;
    }
    return null;
  }

  /** This node, if it is there, and all behind it. */
  below(id: string): string[] {
    if (!this.nodes.has(id)) return [];
    return [id, ...(this.#children.get(id) ?? []).flatMap((child) => this.below(child))];
  }
}
