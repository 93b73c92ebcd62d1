import sharp from 'sharp';
import { type ReasonWords, startingWords } from './reason-words.js';

export interface SlatePicture {
  width: number;
  height: number;
  /** What people call the camera. */
  title: string;
  words: ReasonWords;
  /** Wall-clock time at which this began. */
  since: Date;
}

/** The picture that viewers see when there is none: raw RGB, rows without padding. */
export async function drawSlate(picture: SlatePicture): Promise<Buffer> {
  return renderRgb(slateSvg(picture, await fontsWork()));
}

/** Through the camera's symbol, with a gap beside it. */
const crossed = '<path d="M-20 13 L20 -13" stroke="#2a2a2a" stroke-width="6"/><path d="M-20 13 L20 -13"/>';

/** The same picture as SVG; without text where the machine has no font. */
export function slateSvg({ width, height, title, words, since }: SlatePicture, text = true): string {
  // Measured in hundredths of what fits both ways, so that no text is cut off in a narrow picture.
  const unit = Math.min(width / 160, height / 100);
  const x = width / 2;
  const y = height / 2;
  const line = (dy: number, size: number, fill: string, said: string) =>
    `<text x="${x}" y="${y + dy * unit}" font-size="${size * unit}" fill="${fill}">${escapeXml(said)}</text>`;
  const lines = [
    line(16, 10, '#f4f4f4', words.title),
    line(26, 5, '#b8b8b8', words.advice),
    line(40, 4, '#8c8c8c', `${title}, since ${timeOfDay(since)}`),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="${width}" height="${height}" fill="#2a2a2a"/>
    <g transform="translate(${x} ${y - 14 * unit}) scale(${unit})" fill="none" stroke="#d0d0d0" stroke-width="2">
      <rect x="-16" y="-9" width="23" height="18" rx="3"/>
      <path d="M9 -3 L17 -8 V8 L9 3 Z" stroke-linejoin="round"/>
      ${words === startingWords ? '' : crossed}
    </g>
    <g font-family="DejaVu Sans, Noto Sans, sans-serif" text-anchor="middle">${text ? lines.join('') : ''}</g>
  </svg>`;
}

let fonts: Promise<boolean> | undefined;

/** Without a font every letter is drawn as the same empty box. */
export function fontsWork(): Promise<boolean> {
  fonts ??= Promise.all(['A', 'M'].map(renderLetter)).then(([a, m]) => !a?.equals(m ?? a));
  return fonts;
}

function renderLetter(letter: string): Promise<Buffer> {
  return renderRgb(
    `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="30" font-size="24" fill="#fff"
      font-family="DejaVu Sans, Noto Sans, sans-serif">${letter}</text></svg>`,
  );
}

function renderRgb(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg)).flatten({ background: '#000' }).toColourspace('srgb').raw().toBuffer();
}

function timeOfDay(date: Date): string {
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
