import { colourOf } from './colours.js';
import { type CameraPlan, type Flow, flowOf, tellingProperties } from './flow.js';

const columnWidth = 236;
const boxWidth = 212;
const lineHeight = 15;
const gap = 22;
const margin = 24;

interface Box {
  flow: Flow;
  x: number;
  y: number;
  height: number;
  next: Box[];
}

/** A drawing, from the source at the top to the rings at the bottom, the cameras beside one another. */
export function renderSvg(plans: readonly CameraPlan[]): string {
  const parts: string[] = [];
  let left = margin;
  let bottom = 0;
  for (const plan of plans) {
    const root = flowOf(plan);
    const box = place(root, left, margin + 30);
    const streams = plan.stage.branches.map((branch) => branch.stream);
    parts.push(`<text class="camera" x="${left}" y="${margin + 12}">camera ${xml(plan.stage.camera)}</text>`);
    parts.push(...draw(box, streams));
    left += columns(root) * columnWidth + margin;
    bottom = Math.max(bottom, lowest(box));
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left}" height="${bottom + margin}" font-family="system-ui, sans-serif" font-size="11">`,
    '<style>.camera{font-size:16px;font-weight:600}.element{font-weight:600}.id{fill:#5f6b76}</style>',
    `<rect width="${left}" height="${bottom + margin}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** A tree: its children stand side by side, it in the middle above them. */
function place(flow: Flow, left: number, top: number): Box {
  const height = (2 + tellingProperties(flow.node).length) * lineHeight + 8;
  const next: Box[] = [];
  let column = left;
  for (const child of flow.next) {
    next.push(place(child, column, top + height + gap));
    column += columns(child) * columnWidth;
  }
  const [first] = next;
  const last = next.at(-1);
  return { flow, x: first && last ? (first.x + last.x) / 2 : left, y: top, height, next };
}

function columns(flow: Flow): number {
  return flow.next.length === 0 ? 1 : flow.next.reduce((sum, next) => sum + columns(next), 0);
}

function lowest(box: Box): number {
  return Math.max(box.y + box.height, ...box.next.map(lowest));
}

function draw(box: Box, streams: readonly string[]): string[] {
  const { node } = box.flow;
  const colour = colourOf(box.flow.streams, streams);
  const text = [
    `<tspan class="element" x="${box.x + 10}" dy="${lineHeight}">${xml(node.element)}</tspan>`,
    ...[node.id, ...tellingProperties(node)].map(
      (line, index) =>
        `<tspan${index === 0 ? ' class="id"' : ''} x="${box.x + 10}" dy="${lineHeight}">${xml(shortened(line))}</tspan>`,
    ),
  ];
  return [
    `<rect x="${box.x}" y="${box.y}" width="${boxWidth}" height="${box.height}" rx="6" fill="${colour}" fill-opacity="0.08" stroke="${colour}"/>`,
    `<text y="${box.y + 1}">${text.join('')}</text>`,
    ...box.next.map((next) => line(box, next, colourOf(next.flow.streams, streams))),
    ...box.next.flatMap((next) => draw(next, streams)),
  ];
}

function line(from: Box, to: Box, colour: string): string {
  const [x1, y1] = [from.x + boxWidth / 2, from.y + from.height];
  const x2 = to.x + boxWidth / 2;
  const middle = y1 + gap / 2;
  return `<path d="M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${to.y}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

function shortened(text: string): string {
  return text.length > 30 ? `…${text.slice(-29)}` : text;
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
