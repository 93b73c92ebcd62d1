import type { Graph, GraphNode } from './graph.js';

/** Collects nodes and links; `chain` hangs one element behind another. */
export class GraphBuilder {
  readonly #nodes: GraphNode[] = [];
  readonly #links: Graph['links'] = [];

  /** Behind `after`, or at the beginning. Returns the node's id. */
  add(after: string | null, id: string, element: string, properties: GraphNode['properties'] = {}): string {
    if (this.#nodes.some((node) => node.id === id)) throw new Error(`two nodes are called ${id}`);
    this.#nodes.push({ id, element, properties });
    if (after !== null) this.#links.push({ from: after, to: id });
    return id;
  }

  caps(after: string, id: string, caps: string): string {
    return this.add(after, id, 'capsfilter', { caps });
  }

  get graph(): Graph {
    return { nodes: this.#nodes, links: this.#links };
  }
}
