/** What a source delivers, and which streams are served with just that. */
import { isDeepStrictEqual } from 'node:util';
import {
  type BranchProfile,
  type CopyStream,
  defaultBitrate,
  type EncodableProfile,
  type StreamProfile,
} from '../profile/profile.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import { type Fraction, type Media, mediaWords } from './graph.js';
import { comesInGroups } from './groups.js';
import { type Size, sameSize } from './shape.js';

/** JPEG, H.264 or H.265, as the source has encoded it. */
export interface EncodedDelivery extends Size {
  media: Exclude<Media, 'raw'>;
  /** The nominal one. */
  framerate: Fraction;
}

/** A stage takes raw pictures of any size, what is encoded only as it was planned for. */
export type Delivery = { media: 'raw' } | EncodedDelivery;

export const rawDelivery: Delivery = { media: 'raw' };

export function sameDelivery(a: Delivery, b: Delivery): boolean {
  return isDeepStrictEqual(a, b);
}

export function describeDelivery(delivery: Delivery): string {
  if (delivery.media === 'raw') return 'raw pictures';
  const { media, width, height, framerate } = delivery;
  return `${mediaWords[media]} ${width}x${height} at ${formatFramerate(framerate)}`;
}

/**
 * Whether a stream is given the source's own frames. Of JPEG some may be left
 * out to meet the stream's rate; any other frame is needed by those after it.
 */
export function passesThrough(stream: BranchProfile, delivery: Delivery): boolean {
  if (delivery.media === 'raw' || stream.codec !== delivery.media || !stream.anyEncoding) return false;
  if (!sameSize(stream, delivery)) return false;
  // 30 is 29.97.
  return stream.codec === 'jpeg' || perSecond(delivery.framerate) < perSecond(stream.framerate) * 1.01;
}

/** Whether it is encoded here, from pictures. */
export function isMadeHere(stream: BranchProfile, delivery: Delivery): stream is EncodableProfile {
  return !passesThrough(stream, delivery) && stream.codec !== 'h265';
}

/**
 * Copies as what they are of this delivery. Of raw pictures there is none: a
 * copy is then a JPEG stream that shows the slate, since `chooseFormat` refuses
 * a source that gives nothing else.
 */
export function resolveCopies(
  streams: Readonly<Record<string, StreamProfile>>,
  delivery: Delivery,
): Record<string, BranchProfile> {
  return Object.fromEntries(
    Object.entries(streams).map(([name, stream]) => [
      name,
      stream.codec === 'copy' ? copyOf(stream, delivery) : stream,
    ]),
  );
}

function copyOf(stream: CopyStream, delivery: Delivery): BranchProfile {
  const { width, height, framerate } = delivery.media === 'raw' ? stream : delivery;
  const shape = { ...stream, width, height, framerate, anyEncoding: true as const };
  if (!comesInGroups(delivery.media)) return { ...shape, codec: 'jpeg', quality: 80 };
  const framesPerSecond = perSecond(framerate);
  const groups = {
    bitrateBps: defaultBitrate(width, height, framesPerSecond),
    gopFrames: Math.max(1, Math.round(2 * framesPerSecond)),
  };
  if (delivery.media === 'h265') return { ...shape, ...groups, codec: 'h265' };
  return { ...shape, ...groups, codec: 'h264', h264Profile: 'constrained-baseline' };
}
