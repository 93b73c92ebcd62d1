import { type CameraPlan, type Flow, flowOf } from './flow.js';

/** A line for each element with every property; what a tee feeds is indented below it. */
export function renderText(plan: CameraPlan): string {
  const { stage } = plan;
  const lines = [`camera ${stage.camera}`, ...chain(flowOf(plan), '  ')];
  for (const branch of stage.branches) {
    const when = branch.always ? 'always open' : `closes ${branch.lingerMs} ms after its last reader`;
    const keyFrames = branch.gopFrames === null ? '' : `, a key frame every ${branch.gopFrames} frames`;
    const valves = branch.valves.join(' and ');
    lines.push(`stream ${branch.stream}: ${branch.ring}, opened by ${valves}, ${when}${keyFrames}`);
  }
  return `${lines.join('\n')}\n`;
}

function chain(flow: Flow, indent: string): string[] {
  const lines: string[] = [];
  let here: Flow | undefined = flow;
  while (here) {
    lines.push(indent + describe(here));
    if (here.next.length > 1 || here.node.element === 'tee') {
      lines.push(...here.next.flatMap((next) => chain(next, `${indent}    `)));
      break;
    }
    here = here.next[0];
  }
  return lines;
}

function describe({ node }: Flow): string {
  const properties = Object.entries(node.properties).map(([name, value]) => `${name}=${value}`);
  return [`${node.id}:`, node.element, ...properties].join(' ');
}
