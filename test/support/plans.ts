import { plansOf } from '../../src/cli/graph.js';
import { fullCapabilities } from '../../src/plan/capabilities.js';
import type { Graph } from '../../src/plan/graph.js';
import type { CameraPlan } from '../../src/plan/render/flow.js';
import { loadShipped } from './profiles.js';

export function shippedPlans(name: string): CameraPlan[] {
  return plansOf(loadShipped(name).profile, fullCapabilities);
}

/** From the inlet to this node, as element names and ids. */
export function wayTo(graph: Graph, id: string): { id: string; element: string }[] {
  const node = graph.nodes.find((one) => one.id === id);
  if (!node) throw new Error(`no node ${id}`);
  const link = graph.links.find((one) => one.to === id);
  return [...(link ? wayTo(graph, link.from) : []), { id, element: node.element }];
}
