import { redact } from '../base/redact.js';
import type { Graph } from './graph.js';

const secretProperties: ReadonlySet<string> = new Set(['user-id', 'user-pw']);

/** For people: a source's elements may hold a user and a password, and its address may. */
export function withoutSecrets({ nodes, links }: Graph): Graph {
  const clean = nodes.map(({ properties, ...node }) => ({
    ...node,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, value]) => {
        if (secretProperties.has(name)) return [name, '***'];
        return [name, typeof value === 'string' ? redact(value) : value];
      }),
    ),
  }));
  return { nodes: clean, links };
}
