import type { CameraProfile } from '../profile/profile.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { Fraction } from './graph.js';

/** A format that a source offers, as a probe reports it (camera/messages.ts). */
export interface OfferedFormat {
  media: 'video/x-raw' | 'image/jpeg' | 'video/x-h264';
  /** Raw: GStreamer's name; encoded: JPEG or H264. */
  format: string;
  width: number;
  height: number;
  /** Highest first; none: the source does not say. */
  framerates: Fraction[];
}

export interface ChosenFormat extends Omit<OfferedFormat, 'framerates' | 'format'> {
  /** Null: any, where there is no probe to choose from. */
  format: string | null;
  framerate: Fraction | null;
}

type Wanted = CameraProfile['capture'];

export interface FormatChoice {
  chosen: ChosenFormat;
  /** Both sides in a sentence where the camera does not offer what is wanted. */
  note: string | null;
}

/**
 * What comes nearest to what is wanted: as much of its size as the source gives
 * at a smooth rate, then as much of its rate, then no more than needed, then
 * what costs least to take. Null if nothing that it offers can be used.
 */
export function chooseFormat(offered: readonly OfferedFormat[], wanted: Wanted): FormatChoice | null {
  const candidates = offered
    .filter((one) => one.media !== 'video/x-h264' && (wanted.format === null || one.format === wanted.format))
    .flatMap(({ framerates, ...format }): ChosenFormat[] =>
      (framerates.length > 0 ? framerates : [null]).map((framerate) => ({ ...format, framerate })),
    );
  const [chosen] = candidates.sort(
    (a, b) =>
      worth(b, wanted) - worth(a, wanted) ||
      pace(b, wanted) - pace(a, wanted) ||
      excess(a, wanted) - excess(b, wanted) ||
      cost(a) - cost(b),
  );
  if (!chosen) return null;
  const exact = chosen.width === wanted.width && chosen.height === wanted.height && near(chosen, wanted);
  return { chosen, note: exact ? null : `${sides(offered, wanted)}; uses ${describe(chosen)}` };
}

/** `wanted …; the camera offers …`. */
export function sides(offered: readonly OfferedFormat[], wanted: Wanted): string {
  const format = wanted.format === null ? '' : `${wanted.format} `;
  const offers = [...offered]
    .sort((a, b) => b.width * b.height - a.width * a.height)
    .map((one) => {
      const rates = one.framerates.map(formatFramerate).join(', ');
      return `${one.format} ${one.width}x${one.height}${rates ? ` at ${rates}` : ''}`;
    });
  const rest = offers.length > 12 ? ` and ${offers.length - 12} more` : '';
  const list = offers.length > 0 ? offers.slice(0, 12).join('; ') + rest : 'nothing';
  const size = `${wanted.width}x${wanted.height} at ${formatFramerate(wanted.framerate)}`;
  return `wanted ${format}${size}; the camera offers ${list}`;
}

export function captureCaps({ media, format, width, height, framerate }: ChosenFormat): string {
  const raw = media === 'video/x-raw' && format !== null ? `,format=${format}` : '';
  const rate = framerate ? `,framerate=${framerate.join('/')}` : '';
  return `${media}${raw},width=${width},height=${height}${rate}`;
}

/** A picture that moves smoothly is worth more than a large one; beyond this, size is worth more than rate. */
const smoothRate = 30;

/** The part of the wanted width or height, and of a smooth rate, that it gives, 0 to 1. */
function worth(one: ChosenFormat, wanted: Wanted): number {
  const scale = Math.min(1, one.width / wanted.width, one.height / wanted.height);
  const rate = Math.min(smoothRate, perSecond(wanted.framerate));
  return Math.round(scale * Math.min(1, (rateOf(one, wanted) / rate) * 1.01) * 1e6);
}

/** The part of the wanted rate that it gives, 0 to 1. */
function pace(one: ChosenFormat, wanted: Wanted): number {
  return near(one, wanted) ? 1 : Math.min(1, rateOf(one, wanted) / perSecond(wanted.framerate));
}

/** Pixels a second that are captured and thrown away. */
function excess(one: ChosenFormat, wanted: Wanted): number {
  const rate = near(one, wanted) ? perSecond(wanted.framerate) : rateOf(one, wanted);
  return Math.round(one.width * one.height * rate);
}

/** I420 is what the stage works with, YUY2 gets there fast, the others slower; JPEG must be decoded. */
function cost({ media, format }: ChosenFormat): number {
  if (media === 'image/jpeg') return 100;
  const known = ['I420', 'YUY2', 'UYVY', 'NV12', 'YV12'].indexOf(format ?? '');
  return known < 0 ? 10 : known;
}

/** 59.94 is 60. */
function near(one: ChosenFormat, wanted: Wanted): boolean {
  return Math.abs(rateOf(one, wanted) / perSecond(wanted.framerate) - 1) < 0.01;
}

function rateOf(one: ChosenFormat, wanted: Wanted): number {
  return perSecond(one.framerate ?? wanted.framerate);
}

function describe({ format, width, height, framerate }: ChosenFormat): string {
  return `${format} ${width}x${height}${framerate ? ` at ${formatFramerate(framerate)}` : ''}`;
}
