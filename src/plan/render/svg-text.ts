/** What every drawing has: its colours by day and by night, and its texts. */
export const lineHeight = 15;

export const style = `
text{fill:#10161d}
.page{fill:#ffffff}
.camera{font-size:16px;font-weight:600}
.element{font-weight:600}
.quiet{fill:#5a6573}
.box{fill-opacity:.08}
.closed .box{fill:none;stroke:#97a3b1;stroke-dasharray:4 3}
.closed text{fill:#7a8593}
.link{fill:none;stroke-width:1.5}
.link.shut{stroke:#97a3b1;stroke-dasharray:4 3}
.measured{font-weight:600;paint-order:stroke;stroke:#ffffff;stroke-width:4px}
.lost{fill:#b42318;font-weight:600}
.live{fill:#15803d}
.slate{fill:#a15c07}
@media (prefers-color-scheme:dark){
text{fill:#e9edf1}
.page{fill:#0b0e12}
.quiet{fill:#97a3b1}
.box{fill-opacity:.16}
.closed .box,.link.shut{stroke:#5a6573}
.closed text{fill:#7f8b99}
.measured{stroke:#0b0e12}
.lost{fill:#f97066}
.live{fill:#4ade80}
.slate{fill:#fbbf24}
}`;

export function drawing(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** A line of a box. */
export interface Line {
  text: string;
  class?: string;
}

/** Below one another, the first one's baseline a line's height below `y`. */
export function lines(x: number, y: number, all: readonly Line[]): string {
  const spans = all.map(({ text, class: name }) => {
    const attribute = name === undefined ? '' : ` class="${name}"`;
    return `<tspan${attribute} x="${x}" dy="${lineHeight}">${xml(shortened(text))}</tspan>`;
  });
  return `<text y="${y}">${spans.join('')}</text>`;
}

function shortened(text: string): string {
  return text.length > 33 ? `…${text.slice(-32)}` : text;
}

export function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
