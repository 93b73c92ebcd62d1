import { colourOf } from './colours.js';
import { tellingProperties } from './flow.js';
import { type Box, boxWidth, columns, columnWidth, linkPath, lowest, place } from './layout.js';
import { type RunningCamera, type RunningFlow, runningFlow } from './running.js';
import { branchWords, dropWords, framerateWords } from './running-words.js';
import { drawing, type Line, lineHeight, lines, xml } from './svg-text.js';

const margin = 24;
const headHeight = 74;
/** The head says what the colours mean, in about so many pixels. */
const leastWidth = 640;
const spacing = {
  gap: 34,
  heightOf: (flow: RunningFlow) => linesOf(flow).length * lineHeight + 8,
};

/** A drawing of a camera as it runs: rates on the links, what is lost in the boxes. */
export function renderRunningSvg(camera: RunningCamera): string {
  const root = runningFlow(camera);
  const box = place(root, margin, margin + headHeight, spacing);
  const streams = camera.stage.branches.map((branch) => branch.stream);
  const width = Math.max(leastWidth, columns(root) * columnWidth) + 2 * margin;
  return drawing(width, lowest(box) + margin, [...head(camera), ...draw(box, streams)]);
}

function head({ camera, state, reason }: RunningCamera): string[] {
  const told = reason === null ? state : `${state}: ${reason}`;
  const y = margin + 46;
  const [open, shut] = [margin, margin + 96];
  return [
    `<text class="camera" x="${margin}" y="${margin + 12}">camera ${xml(camera)} <tspan class="${state === 'live' ? 'live' : 'slate'}" font-size="13">● ${xml(told)}</tspan></text>`,
    `<text class="quiet" x="${margin}" y="${margin + 28}">Frames a second, measured over the last two seconds; totals since the worker began.</text>`,
    `<path class="link" d="M${open} ${y - 4}h26" stroke="#5f6b76"/>`,
    `<text class="quiet" x="${open + 34}" y="${y}">open</text>`,
    `<path class="link shut" d="M${shut} ${y - 4}h26"/>`,
    `<text class="quiet" x="${shut + 34}" y="${y}">closed: nobody reads <tspan dx="18">“thinned” is planned</tspan><tspan dx="18" class="lost">“lost” is not</tspan></text>`,
  ];
}

function draw(box: Box<RunningFlow>, streams: readonly string[]): string[] {
  const { item } = box;
  const colour = colourOf(item.streams, streams);
  return [
    ...box.next.map((next) => link(box, next, streams)),
    `<g${item.open ? '' : ' class="closed"'}>`,
    `<rect class="box" x="${box.x}" y="${box.y}" width="${boxWidth}" height="${box.height}" rx="6" fill="${colour}" stroke="${colour}"/>`,
    lines(box.x + 10, box.y + 1, linesOf(item)),
    '</g>',
    ...box.next.flatMap((next) => draw(next, streams)),
  ];
}

function link(from: Box<RunningFlow>, to: Box<RunningFlow>, streams: readonly string[]): string {
  const { open, into, streams: through } = to.item;
  const path = linkPath(from, to);
  if (!open) return `<path class="link shut" d="${path}"/>`;
  const line = `<path class="link" d="${path}" stroke="${colourOf(through, streams)}"/>`;
  if (!into) return line;
  // On the side that the line does not come from.
  const side = to.x < from.x ? -8 : 8;
  const anchor = side < 0 ? ' text-anchor="end"' : '';
  const [x, y] = [to.x + boxWidth / 2 + side, to.y - 8];
  return `${line}<text class="measured" x="${x}" y="${y}"${anchor}>${framerateWords(into)}</text>`;
}

function linesOf({ node, open, drops, branch }: RunningFlow): Line[] {
  const told = drops && dropWords(drops);
  return [
    { text: node.element, class: 'element' },
    { text: node.id, class: 'quiet' },
    ...tellingProperties(node).map((text) => ({ text })),
    ...(branch && open ? branchWords(branch).map((text) => ({ text, class: 'element' })) : []),
    ...(told ? [{ text: told, class: drops.kind === 'lost' ? 'lost' : 'quiet' }] : []),
  ];
}
