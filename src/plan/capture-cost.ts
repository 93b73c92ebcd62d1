/** What it costs to make a camera's streams of a format that its source offers. */
import type { BranchProfile, CameraProfile, EncodableProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import type { ChosenFormat } from './capture-format.js';
import { type Delivery, isMadeHere, resolveCopies } from './delivery.js';

/**
 * Nanoseconds a pixel: jpegdec, avdec_h264, jpegenc and x264enc as the stage
 * has them, measured with footage at 1080p on a PC. Only their proportions matter.
 */
const decoding = { jpeg: 1.4, h264: 3.2, h265: 4.5 } as const;
const encoding: Readonly<Record<EncodableProfile['codec'], number>> = { jpeg: 1.8, h264: 6.1, raw: 0.2 };
/** Into I420, which the stage works with; measured likewise, the others with RGB. */
const converting: Readonly<Record<string, number>> = { I420: 0, YV12: 0.1, NV12: 0.1, YUY2: 0.4, UYVY: 0.4 };
const convertingOthers = 2.7;
/** A driver copies what its bus brings; what is encoded is some tenth of it. Estimated. */
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
  const made = branches.filter((stream) => isMadeHere(stream, delivery));
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
