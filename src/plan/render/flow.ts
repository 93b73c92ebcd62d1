import type { Graph, GraphNode, SourcePlan, StagePlan } from '../graph.js';

/** What is shown of one camera. */
export interface CameraPlan {
  source: SourcePlan;
  stage: StagePlan;
}

/** A node with what flows out of it: source, gate and stage are one tree. */
export interface Flow {
  node: GraphNode;
  /** The streams that pass through it. */
  streams: string[];
  next: Flow[];
}

/** The whole way of a camera's frames, from the source to its rings. */
export function flowOf({ source, stage }: CameraPlan): Flow {
  const sourceNodes = prefixed(source.graph, 'source.');
  const gate: GraphNode = {
    id: 'gate',
    element: 'gate',
    properties: {
      slate: `${stage.gate.width}x${stage.gate.height} at ${stage.gate.slateFramerate.join('/')}`,
      'stall-ms': stage.gate.stallMs,
    },
  };
  const nodes = [...sourceNodes.nodes, gate, ...stage.graph.nodes];
  const links = [
    ...sourceNodes.links,
    { from: `source.${source.outlet}`, to: gate.id },
    { from: gate.id, to: stage.inlet },
    ...stage.graph.links,
  ];
  const streamOf = new Map(stage.branches.map((branch) => [branch.sink, branch.stream]));
  const build = (node: GraphNode): Flow => {
    const next = links
      .filter((link) => link.from === node.id)
      .flatMap((link) => nodes.filter((other) => other.id === link.to))
      .map(build);
    const own = streamOf.get(node.id);
    return { node, streams: own === undefined ? next.flatMap((flow) => flow.streams) : [own], next };
  };
  const [first] = nodes.filter((node) => !links.some((link) => link.to === node.id));
  return build(first ?? gate);
}

/** Both pipelines may use an id. */
function prefixed(graph: Graph, prefix: string): Graph {
  return {
    nodes: graph.nodes.map((node) => ({ ...node, id: prefix + node.id })),
    links: graph.links.map(({ from, to }) => ({ from: prefix + from, to: prefix + to })),
  };
}

/** Every node of it, those upstream first. */
export function allOf(flow: Flow): Flow[] {
  return [flow, ...flow.next.flatMap(allOf)];
}

/** What tells this node from others of its kind; the settings that are the same everywhere are left out. */
const telling: ReadonlySet<string> = new Set([
  'bitrate',
  'caps',
  'device',
  'gop-size',
  'key-int-max',
  'location',
  'max-framerate',
  'pattern',
  'quality',
  'ring',
  'slate',
  'stall-ms',
  'sync',
]);

export function tellingProperties(node: GraphNode): string[] {
  return Object.entries(node.properties)
    .filter(([name]) => telling.has(name))
    .flatMap(([name, value]) => (name === 'caps' ? String(value).split(',') : [`${name}=${value}`]))
    .map((line) => line.replace('pixel-aspect-ratio', 'par'));
}
