/** What it costs to make a camera's streams of a format that its source offers. */
import type { BranchProfile, CameraProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import type { ChosenFormat } from './capture-format.js';
import { type Delivery, passesThrough, resolveCopies } from './delivery.js';

/** Nanoseconds a pixel, measured at 1080p on one core of a PC; only their proportions matter. */
const decoding = { jpeg: 2.6, h264: 2.8 } as const;
const encoding: Readonly<Record<BranchProfile['codec'], number>> = { jpeg: 3.1, h264: 5.5, raw: 0.3 };
/** Into I420, which the stage works with; YUY2 gets there fast, the others slower. */
const converting: Readonly<Record<string, number>> = { I420: 0, YUY2: 0.2, UYVY: 0.2, NV12: 0.25, YV12: 0.3 };
const convertingOthers = 0.6;
/** Raw pictures come by a bus and take memory; what is encoded is some tenth of them. */
const taking = { raw: 0.3, encoded: 0.03 } as const;

/**
 * Nanoseconds a second while every stream of the profile is watched, at
 * `framesPerSecond` of the source. What passes through costs nothing.
 */
export function captureCost(
  { format, width, height }: Pick<ChosenFormat, 'format' | 'width' | 'height'>,
  framesPerSecond: number,
  delivery: Delivery,
  streams: CameraProfile['streams'],
): number {
  const branches = Object.values(resolveCopies(streams, delivery));
  const made = branches.filter((stream) => !passesThrough(stream, delivery));
  const rateOf = (stream: BranchProfile) => Math.min(framesPerSecond, perSecond(stream.framerate));
  const needed = Math.max(0, ...made.map(rateOf));
  const pixels = width * height;
  const captured =
    delivery.media === 'raw'
      ? taking.raw * framesPerSecond + (converting[format ?? ''] ?? convertingOthers) * needed
      : taking.encoded * framesPerSecond + decoding[delivery.media] * needed;
  const encoded = made.map(
    (stream) => encoding[stream.codec] * stream.width * stream.height * rateOf(stream),
  );
  return pixels * captured + encoded.reduce((sum, cost) => sum + cost, 0);
}
