import type { CameraProfile } from '../profile/profile.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { Capabilities } from './capabilities.js';
import { captureCost } from './capture-cost.js';
import { hasDecoder } from './decoders.js';
import {
  type Delivery,
  type EncodedDelivery,
  passesThrough,
  rawDelivery,
  resolveCopies,
} from './delivery.js';
import type { Fraction } from './graph.js';
import { branchesFor } from './jpeg-branches.js';
import { packageOf } from './packages.js';
import { missingForSlate } from './slate-encoder.js';

/** A format that a source offers, as a probe reports it (camera/messages.ts). */
export interface OfferedFormat {
  media: 'video/x-raw' | 'image/jpeg' | 'video/x-h264' | 'video/x-h265';
  /** Raw: GStreamer's name; encoded: JPEG, H264 or H265. */
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

/** What is wanted of the source, and what is to be made of it. */
export type Wanted = Pick<CameraProfile, 'capture' | 'streams'>;
type Capture = CameraProfile['capture'];

export interface FormatChoice {
  chosen: ChosenFormat;
  delivery: Delivery;
  /** Both sides in a sentence where the camera does not offer what is wanted. */
  note: string | null;
}

/**
 * What comes nearest to what is wanted: as much of its size as the source gives
 * at a smooth rate, then as much of its rate, then what costs least to make all
 * streams of. Null if nothing that it offers can be used.
 */
export function chooseFormat(
  offered: readonly OfferedFormat[],
  wanted: Wanted,
  capabilities: Capabilities,
): FormatChoice | null {
  const { capture } = wanted;
  const copies = copiesOf(wanted).length > 0;
  const candidates = offered
    .filter((one) => capture.format === null || one.format === capture.format)
    .filter(({ media }) => !copies || media !== 'video/x-raw')
    .flatMap(({ framerates, ...format }): ChosenFormat[] =>
      (framerates.length > 0 ? framerates : [null]).map((framerate) => ({ ...format, framerate })),
    )
    .map((chosen) => ({ chosen, delivery: deliveryOf(chosen, capture) }))
    .filter(({ delivery }) => isUsable(delivery, wanted, capabilities))
    .map((one) => ({ ...one, cost: costOf(one, wanted) }));
  const [best] = candidates.sort(
    (a, b) =>
      worth(b.chosen, capture) - worth(a.chosen, capture) ||
      pace(b.chosen, capture) - pace(a.chosen, capture) ||
      a.cost - b.cost,
  );
  if (!best) return null;
  const { chosen, delivery } = best;
  const exact = chosen.width === capture.width && chosen.height === capture.height && near(chosen, capture);
  const note = exact ? null : `${sides(offered, capture)}; uses ${describe(chosen)}`;
  return { chosen, delivery, note };
}

/** Why nothing that it offers can be used. */
export function refusal(offered: readonly OfferedFormat[], wanted: Wanted): string {
  const copies = copiesOf(wanted);
  const why = copies.length > 0 ? `; ${copyNeeds(copies)}` : '';
  return `${sides(offered, wanted.capture)}${why}`;
}

export function copyNeeds(copies: readonly string[]): string {
  return `${copies.join(', ')}: codec copy needs JPEG, H.264 or H.265`;
}

/** Why what it has encoded cannot be copied; null: nothing is missing for that. */
export function copyLacks(offered: readonly OfferedFormat[], capabilities: Capabilities): string | null {
  for (const { media, format } of offered) {
    const missing = media === 'video/x-raw' ? null : missingForSlate(mediaOf[media], capabilities);
    if (missing !== null)
      return `a copy of ${format} needs ${missing} for its slate: apt-get install ${packageOf[missing]}`;
  }
  return null;
}

/** What passes to the stage when the source gives this. */
export function deliveryOf({ media, width, height, framerate }: ChosenFormat, capture: Capture): Delivery {
  if (media === 'video/x-raw') return rawDelivery;
  return { media: mediaOf[media], width, height, framerate: framerate ?? capture.framerate };
}

const mediaOf: Readonly<Record<Exclude<OfferedFormat['media'], 'video/x-raw'>, EncodedDelivery['media']>> = {
  'image/jpeg': 'jpeg',
  'video/x-h264': 'h264',
  'video/x-h265': 'h265',
};

/** A rate that is as good as the wanted one costs as much. */
function costOf(
  { chosen, delivery }: { chosen: ChosenFormat; delivery: Delivery },
  { capture, streams }: Wanted,
): number {
  const framesPerSecond = near(chosen, capture) ? perSecond(capture.framerate) : rateOf(chosen, capture);
  return captureCost(chosen, framesPerSecond, delivery, streams);
}

/** Streams that are to be just what the source delivers. */
export function copiesOf({ streams }: Pick<Wanted, 'streams'>): string[] {
  return Object.keys(streams).filter((name) => streams[name]?.codec === 'copy');
}

/** Decoders are only needed for what does not pass through; the slate is encoded in any case. */
function isUsable(delivery: Delivery, { streams }: Wanted, capabilities: Capabilities): boolean {
  if (delivery.media === 'raw') return true;
  const branches = Object.values(branchesFor(resolveCopies(streams, delivery)).all);
  const decoded = branches.some((stream) => !passesThrough(stream, delivery));
  const { media } = delivery;
  return missingForSlate(media, capabilities) === null && (!decoded || hasDecoder(media, capabilities));
}

/** `wanted …; the camera offers …`. */
export function sides(offered: readonly OfferedFormat[], wanted: Capture): string {
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
function worth(one: ChosenFormat, wanted: Capture): number {
  const scale = Math.min(1, one.width / wanted.width, one.height / wanted.height);
  const rate = Math.min(smoothRate, perSecond(wanted.framerate));
  return Math.round(scale * Math.min(1, (rateOf(one, wanted) / rate) * 1.01) * 1e6);
}

/** The part of the wanted rate that it gives, 0 to 1. */
function pace(one: ChosenFormat, wanted: Capture): number {
  return near(one, wanted) ? 1 : Math.min(1, rateOf(one, wanted) / perSecond(wanted.framerate));
}

/** 59.94 is 60. */
function near(one: ChosenFormat, wanted: Capture): boolean {
  return Math.abs(rateOf(one, wanted) / perSecond(wanted.framerate) - 1) < 0.01;
}

function rateOf(one: ChosenFormat, wanted: Capture): number {
  return perSecond(one.framerate ?? wanted.framerate);
}

function describe({ format, width, height, framerate }: ChosenFormat): string {
  return `${format} ${width}x${height}${framerate ? ` at ${formatFramerate(framerate)}` : ''}`;
}
