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

/** Both pipelines may use an id. */
export const sourcePrefix = 'source.';

/** The whole way of a camera's frames, from the source, or from the gate without one, to its rings. */
export function flowOf({ source, stage }: { source: SourcePlan | null; stage: StagePlan }): Flow {
  const sourceGraph = source ? prefixed(source.graph) : { nodes: [], links: [] };
  const gate: GraphNode = {
    id: 'gate',
    element: 'gate',
    properties: {
      slate: `${stage.gate.width}x${stage.gate.height} at ${stage.gate.slateFramerate.join('/')}`,
      'stall-ms': stage.gate.stallMs,
    },
  };
  const nodes = [...sourceGraph.nodes, gate, ...stage.graph.nodes];
  const links = [
    ...sourceGraph.links,
    ...(source ? [{ from: sourcePrefix + source.outlet, to: gate.id }] : []),
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

function prefixed(graph: Graph): Graph {
  const prefix = sourcePrefix;
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
    .flatMap(([name, value]) => {
      if (name === 'caps') return capsLines(String(value));
      // Each ring is in the same folder.
      return name === 'ring' ? [String(value).replace(/^.*\//, '')] : [`${name}=${value}`];
    });
}

/** `video/x-raw,format=I420,width=640,height=480` as `video/x-raw I420 640x480`; other fields below it. */
function capsLines(caps: string): string[] {
  const [media = '', ...fields] = caps.split(',');
  const values = new Map(fields.map((field) => [field.split('=')[0], field.split('=')[1]]));
  const [width, height, framerate] = [values.get('width'), values.get('height'), values.get('framerate')];
  const shape = [
    media,
    values.get('format'),
    width && height && `${width}x${height}`,
    framerate && `at ${framerate.replace(/\/1$/, '')}`,
  ].filter((part) => part !== undefined && part !== '');
  // Pixels are square wherever it is written.
  const told = ['format', 'width', 'height', 'framerate', 'pixel-aspect-ratio'];
  return [shape.join(' '), ...fields.filter((field) => !told.includes(field.split('=')[0] ?? ''))];
}
