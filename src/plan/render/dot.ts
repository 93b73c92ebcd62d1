import { colourOf } from './colours.js';
import { allOf, type CameraPlan, flowOf, tellingProperties } from './flow.js';

/** For graphviz. */
export function renderDot(plans: readonly CameraPlan[]): string {
  const clusters = plans.flatMap((plan, index) => cluster(plan, index).map((line) => `  ${line}`));
  const head = 'node [shape=box, style=rounded, fontname="sans-serif", fontsize=10];';
  return ['digraph teecam {', `  ${head}`, ...clusters, '}', ''].join('\n');
}

function cluster(plan: CameraPlan, index: number): string[] {
  const streams = plan.stage.branches.map((branch) => branch.stream);
  const flows = allOf(flowOf(plan));
  const id = (name: string) => quote(`${plan.stage.camera}/${name}`);
  const nodes = flows.map(({ node, streams: through }) => {
    const label = [node.element, node.id, ...tellingProperties(node)].join('\n');
    return `  ${id(node.id)} [label=${quote(label)}, color=${quote(colourOf(through, streams))}];`;
  });
  const links = flows.flatMap((flow) =>
    flow.next.map((next) => {
      const colour = quote(colourOf(next.streams, streams));
      return `  ${id(flow.node.id)} -> ${id(next.node.id)} [color=${colour}];`;
    }),
  );
  return [`subgraph cluster_${index} {`, `  label=${quote(plan.stage.camera)};`, ...nodes, ...links, '}'];
}

export function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
