import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile, H264Stream, H265Stream, JpegStream, RawStream } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import { type RingGeometry, roundUp } from '../ring/layout.js';
import { gopSeconds } from './encoders.js';

const page = 4096;

/**
 * The ring of a branch; `fileSize` of ring/layout.ts tells the bytes that it
 * needs in /dev/shm. `passes`: it gets what the source has encoded, as largely as that likes.
 */
export function ringGeometry(stream: BranchProfile, passes = false): RingGeometry {
  switch (stream.codec) {
    case 'raw':
      return rawGeometry(stream);
    case 'h264':
    case 'h265':
      return groupsGeometry(passes ? { ...stream, bitrateBps: 4 * stream.bitrateBps } : stream);
    case 'jpeg':
      return jpegGeometry(passes ? { ...stream, quality: 95 } : stream);
  }
}

function rawGeometry(stream: RawStream): RingGeometry {
  const slots = stream.ringFrames;
  const slotSize = roundUp(rawFrameBytes(stream), page);
  const frameCount = 2 ** Math.ceil(Math.log2(2 * slots));
  return { frameCount, slotCount: slots, slotSize, arenaSize: slots * slotSize };
}

/**
 * Rows begin at multiples of 64 bytes in every plane. GStreamer widens the
 * picture until that is so; I420's colour planes are half as wide, so there it
 * may go to multiples of 128.
 */
function rawFrameBytes({ format, width, height }: RawStream): number {
  const evenHeight = roundUp(height, 2);
  switch (format) {
    case 'NV12':
      return (roundUp(width, 64) * evenHeight * 3) / 2;
    case 'I420':
      return (roundUp(width, 128) * evenHeight * 3) / 2;
    case 'YUY2':
      return roundUp(width, 64) * 2 * height;
    case 'RGB':
    case 'BGR':
      return roundUp(width, 64) * 3 * height;
    case 'GRAY8':
      return roundUp(width, 64) * height;
  }
}

/**
 * Two groups of pictures, so that a reader that begins at the newest key frame
 * finds it whole while the next group is written; half as much again since the
 * encoder keeps its bitrate on average only; and two key frames of a noisy
 * picture, whose size it cannot foresee.
 */
function groupsGeometry(stream: H264Stream | H265Stream): RingGeometry {
  const seconds = Math.max(1, 2 * gopSeconds(stream));
  const keyFrameBytes = (stream.width * stream.height) / 3;
  const arena = (stream.bitrateBps / 8) * seconds * 1.5 + 2 * keyFrameBytes;
  const frames = perSecond(stream.framerate) * seconds;
  return encodedGeometry(Math.max(arena, 1024 * 1024), frames);
}

/**
 * Four of the largest frames that can be, which is some sixteen of most; where
 * other programs read it too, which may be late, a second of frames larger than most.
 */
function jpegGeometry(stream: JpegStream): RingGeometry {
  const pixels = stream.width * stream.height;
  const framesPerSecond = perSecond(stream.framerate);
  const least = 4 * pixels * 1.6;
  const second = pixels * bytesPerPixel(stream.quality) * framesPerSecond;
  const isPublic = outputsOf(stream).includes('shm');
  return encodedGeometry(isPublic ? Math.max(second, least) : least, framesPerSecond);
}

/** Twice what a picture full of detail has; pure noise has half as much again: 0.58, 0.75 and 1.5 at 80, 90 and 100. */
function bytesPerPixel(quality: number): number {
  if (quality > 95) return 1;
  return quality > 85 ? 0.7 : 0.4;
}

/** A few frames more than needed, for the smallest rates and for readers that are late. */
function encodedGeometry(arenaBytes: number, frames: number): RingGeometry {
  const frameCount = 2 ** Math.ceil(Math.log2(Math.max(32, frames + 8)));
  return { frameCount, slotCount: 0, slotSize: 0, arenaSize: roundUp(Math.ceil(arenaBytes), page) };
}
