import type { CameraProfile } from '../profile/profile.js';
import { type ReasonWords, startingWords } from './reason-words.js';

export type SlateLook = Pick<CameraProfile['slate'], 'mode' | 'title' | 'subtitle' | 'image' | 'colours'>;

export interface SlatePicture {
  width: number;
  height: number;
  look: SlateLook;
  words: ReasonWords;
  /** Wall-clock time at which this began. */
  since: Date;
  /** When the camera is tried again, in words. */
  retry: string | null;
}

/** What is drawn of a slate, but for an image; without text where the machine has no font. */
export function slateSvg(picture: SlatePicture, text = true): string {
  const { width, height, look } = picture;
  const draw = look.mode === 'pattern' ? bars : look.mode === 'image' ? nothing : ground;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    ${draw(picture)}
    ${look.mode === 'text' ? symbol(picture) : ''}
    ${text ? words(picture) : ''}
  </svg>`;
}

/** Hundredths of what fits both ways, so that no text is cut off in a narrow picture. */
function unitOf({ width, height }: SlatePicture): number {
  return Math.min(width / 160, height / 100);
}

function nothing(): string {
  return '';
}

function ground({ width, height, look }: SlatePicture): string {
  return `<rect width="${width}" height="${height}" fill="${look.colours.background}"/>`;
}

const barColours = ['#c0c0c0', '#c0c000', '#00c0c0', '#00c000', '#c000c0', '#c00000', '#0000c0'];

function bars({ width, height }: SlatePicture): string {
  const bar = width / barColours.length;
  return barColours
    .map((fill, i) => `<rect x="${i * bar}" width="${bar + 1}" height="${height}" fill="${fill}"/>`)
    .join('');
}

/** A camera, crossed out where something is wrong. */
function symbol(picture: SlatePicture): string {
  const { width, height, look, words } = picture;
  const unit = unitOf(picture);
  const { background, text } = look.colours;
  const line = 'd="M-20 13 L20 -13"';
  const crossed = `<path ${line} stroke="${background}" stroke-opacity="1" stroke-width="6"/><path ${line}/>`;
  return `<g transform="translate(${width / 2} ${height / 2 - 14 * unit}) scale(${unit})" fill="none"
      stroke="${text}" stroke-opacity="0.85" stroke-width="2">
      <rect x="-16" y="-9" width="23" height="18" rx="3"/>
      <path d="M9 -3 L17 -8 V8 L9 3 Z" stroke-linejoin="round"/>
      ${words === startingWords ? '' : crossed}
    </g>`;
}

interface Line {
  said: string;
  /** Of its foot below the picture's middle, and its height, in units. */
  at: number;
  size: number;
  opacity: number;
}

/** On the ground itself where there is one, else on a band at the foot of what is below. */
function words(picture: SlatePicture): string {
  const { width, height, look } = picture;
  const unit = unitOf(picture);
  const onBand = look.mode === 'image' || look.mode === 'pattern';
  const band = 26 * unit;
  const top = onBand ? height - band : height / 2;
  const lines = onBand
    ? bandLines(picture)
    : look.mode === 'colour'
      ? plainLines(picture)
      : textLines(picture);
  const ground = onBand
    ? `<rect y="${top}" width="${width}" height="${band}" fill="${look.colours.background}" fill-opacity="0.85"/>`
    : '';
  const drawn = lines.map(({ said, at, size, opacity }) => {
    const font = Math.min(size, widestLine / said.length) * unit;
    const place = `x="${width / 2}" y="${top + at * unit}" font-size="${font}"`;
    return `<text ${place} fill-opacity="${opacity}">${escapeXml(said)}</text>`;
  });
  return `${ground}<g font-family="DejaVu Sans, Noto Sans, sans-serif" text-anchor="middle"
    fill="${look.colours.text}">${drawn.join('')}</g>`;
}

/** Letters are some six tenths as wide as they are high, and a line may have 150 units. */
const widestLine = 150 / 0.6;

function textLines(picture: SlatePicture): Line[] {
  const { look, words } = picture;
  return [
    { said: words.title, at: 16, size: 10, opacity: 1 },
    { said: look.subtitle ?? words.advice, at: 26, size: 5, opacity: 0.75 },
    { said: `${look.title}, since ${localTime(picture.since)}`, at: 38, size: 4, opacity: 0.6 },
    ...retryLine(picture, 45),
  ];
}

function plainLines(picture: SlatePicture): Line[] {
  const { look, words } = picture;
  return [
    { said: look.title, at: -4, size: 14, opacity: 1 },
    { said: look.subtitle ?? words.advice, at: 10, size: 6, opacity: 0.75 },
    { said: `${words.title}, since ${localTime(picture.since)}`, at: 30, size: 4, opacity: 0.6 },
    ...retryLine(picture, 37),
  ];
}

function bandLines(picture: SlatePicture): Line[] {
  const { look, words } = picture;
  return [
    { said: `${look.title}: ${words.title}`, at: 8, size: 7, opacity: 1 },
    { said: look.subtitle ?? words.advice, at: 14, size: 4, opacity: 0.75 },
    { said: `since ${localTime(picture.since)}`, at: 19, size: 3.5, opacity: 0.75 },
    ...retryLine(picture, 24),
  ];
}

function retryLine({ retry }: SlatePicture, at: number): Line[] {
  return retry === null ? [] : [{ said: retry, at, size: 3.5, opacity: 0.6 }];
}

/** With the date: a slate may be looked at for days. */
export function localTime(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
