/** Sizes of pictures, and what they have to do with the capture's. */
import type { Fit } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import type { Fraction } from './graph.js';

export interface Size {
  width: number;
  height: number;
}

export type SizedAndTimed = Size & { framerate: Fraction };

/** In the capture's shape, and no larger than the capture: what these streams can make use of. */
export function neededSize(capture: Size, streams: readonly (Size & { fit: Fit })[]): Size {
  const needed = Math.max(
    ...streams.map((one) =>
      one.fit === 'contain' ? contentWidth(one, capture) : coveringWidth(one, capture),
    ),
  );
  if (needed >= capture.width) return { width: capture.width, height: capture.height };
  return { width: evenUp(needed), height: evenUp((needed * capture.height) / capture.width) };
}

/** How wide the capture's picture is inside a frame of this size, bars left out. */
export function contentWidth(size: Size, capture: Size): number {
  return Math.min(size.width, (size.height * capture.width) / capture.height);
}

/** How wide it has to be to cover the frame. */
function coveringWidth(size: Size, capture: Size): number {
  return Math.max(size.width, (size.height * capture.width) / capture.height);
}

/** But for less than two rows, which rounding to even numbers can bring. */
export function sameShape(a: Size, b: Size): boolean {
  return Math.abs((a.width * b.height) / b.width - a.height) < 2;
}

export function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

export function samePicture(a: SizedAndTimed & { fit: Fit }, b: SizedAndTimed & { fit: Fit }): boolean {
  return a.fit === b.fit && sameSize(a, b) && perSecond(a.framerate) === perSecond(b.framerate);
}

/** Larger first, then faster. */
export function bySizeThenRate(a: SizedAndTimed, b: SizedAndTimed): number {
  return b.width * b.height - a.width * a.height || perSecond(b.framerate) - perSecond(a.framerate);
}

function evenUp(pixels: number): number {
  return Math.ceil(pixels / 2 - 1e-9) * 2;
}
