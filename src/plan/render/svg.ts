import { colourOf } from './colours.js';
import { type CameraPlan, type Flow, flowOf, tellingProperties } from './flow.js';
import { type Box, boxWidth, columns, columnWidth, linkPath, lowest, place } from './layout.js';
import { drawing, lineHeight, lines, xml } from './svg-text.js';

const margin = 24;
const spacing = {
  gap: 22,
  heightOf: ({ node }: Flow) => (2 + tellingProperties(node).length) * lineHeight + 8,
};

/** A drawing, from the source at the top to the rings at the bottom, the cameras beside one another. */
export function renderSvg(plans: readonly CameraPlan[]): string {
  const parts: string[] = [];
  let left = margin;
  let bottom = 0;
  for (const plan of plans) {
    const root = flowOf(plan);
    const box = place(root, left, margin + 30, spacing);
    const streams = plan.stage.branches.map((branch) => branch.stream);
    parts.push(`<text class="camera" x="${left}" y="${margin + 12}">camera ${xml(plan.stage.camera)}</text>`);
    parts.push(...draw(box, streams));
    left += columns(root) * columnWidth + margin;
    bottom = Math.max(bottom, lowest(box));
  }
  return drawing(left, bottom + margin, parts);
}

function draw(box: Box<Flow>, streams: readonly string[]): string[] {
  const { node } = box.item;
  const colour = colourOf(box.item.streams, streams);
  return [
    `<rect class="box" x="${box.x}" y="${box.y}" width="${boxWidth}" height="${box.height}" rx="6" fill="${colour}" stroke="${colour}"/>`,
    lines(box.x + 10, box.y + 1, [
      { text: node.element, class: 'element' },
      { text: node.id, class: 'quiet' },
      ...tellingProperties(node).map((text) => ({ text })),
    ]),
    ...box.next.map(
      (next) =>
        `<path class="link" d="${linkPath(box, next)}" stroke="${colourOf(next.item.streams, streams)}"/>`,
    ),
    ...box.next.flatMap((next) => draw(next, streams)),
  ];
}
