/** Properties of the elements that every stage is made of. */
import type { Fraction } from './graph.js';
import type { Size } from './shape.js';

/** Only the newest frames wait, as many as the profile says; other ways of limiting were seen to let the age grow without end. */
export const inletProperties = (frames: number) => ({
  'is-live': true,
  format: 'time',
  'min-latency': 0,
  'max-buffers': frames,
  'max-bytes': 0,
  'max-time': 0,
  'leaky-type': 'downstream',
  block: false,
  'do-timestamp': false,
});

/**
 * How many frames of groups of pictures may wait at the inlet and in front of a branch: the
 * loss of one is felt until the next key frame, and they are small.
 */
export const waitingInGroups = 30;

/** A tee whose branches are all closed goes on. */
export const teeProperties = { 'allow-not-linked': true } as const;

/** Some frames of grace for a branch that was not scheduled in time; then the oldest goes. */
export const branchQueueProperties = (frames: number) => ({
  leaky: 'downstream',
  'max-size-buffers': frames,
  'max-size-bytes': 0,
  'max-size-time': 0,
});

/**
 * Not waiting for the clock; for a first frame neither, which a closed valve
 * keeps back; and holding no frame, whose memory may be the camera's.
 */
export const sinkProperties = { sync: false, async: false, 'enable-last-sample': false, qos: false } as const;

export function rawCaps(format: string, { width, height }: Size): string {
  return `video/x-raw,format=${format},width=${width},height=${height},pixel-aspect-ratio=1/1`;
}

export function fractionText([numerator, denominator]: Fraction): string {
  return `${numerator}/${denominator}`;
}
