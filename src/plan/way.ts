import type { Graph } from './graph.js';

/** The ids from the inlet to this node. */
export function wayTo({ links }: Graph, id: string): string[] {
  const way = [id];
  for (let from = parentOf(links, id); from !== undefined; from = parentOf(links, from)) way.unshift(from);
  return way;
}

function parentOf(links: Graph['links'], id: string): string | undefined {
  return links.find(({ to }) => to === id)?.from;
}
