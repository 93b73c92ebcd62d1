import { colourOf } from './colours.js';
import { quote } from './dot.js';
import { tellingProperties } from './flow.js';
import { type RunningCamera, type RunningFlow, runningFlow } from './running.js';
import { branchWords, dropWords, framerateWords } from './running-words.js';

/** For graphviz: a camera as it runs. */
export function renderRunningDot(camera: RunningCamera): string {
  const streams = camera.stage.branches.map((branch) => branch.stream);
  const title = [camera.camera, camera.state, ...(camera.reason === null ? [] : [camera.reason])].join(', ');
  return [
    'digraph teecam {',
    `  label=${quote(title)};`,
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=10];',
    '  edge [fontname="sans-serif", fontsize=9];',
    ...statements(runningFlow(camera), streams).map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');
}

function statements(flow: RunningFlow, streams: readonly string[]): string[] {
  const { node, open, drops, branch, next } = flow;
  const told = drops && dropWords(drops);
  const label = [
    node.element,
    node.id,
    ...tellingProperties(node),
    ...(branch && open ? branchWords(branch) : []),
    ...(told ? [told] : []),
  ].join('\n');
  const look = open ? '' : ', style="rounded,dashed"';
  return [
    `${quote(node.id)} [label=${quote(label)}, color=${quote(colourOf(flow.streams, streams))}${look}];`,
    ...next.map((one) => {
      const rate = one.open && one.into ? `, label=${quote(framerateWords(one.into))}` : '';
      const dashed = one.open ? '' : ', style=dashed';
      const colour = quote(colourOf(one.streams, streams));
      return `${quote(node.id)} -> ${quote(one.node.id)} [color=${colour}${rate}${dashed}];`;
    }),
    ...next.flatMap((one) => statements(one, streams)),
  ];
}
