/** What a step down makes of a stream. */
import { isDeepStrictEqual } from 'node:util';
import type { CameraProfile, Profile, StreamProfile } from '../profile/profile.js';
import type { Rung } from '../profile/schema.js';
import { type Framerate, perSecond } from '../profile/units.js';

/** One rung down the ladder of a camera, for one stream. */
export interface Step {
  camera: string;
  stream: string;
  rung: Rung;
  /** What the profile says of the stream. One that is changed begins anew at its full quality. */
  of: StreamProfile;
}

/** Below this, motion is not seen as such any more. */
const leastFramerate: Framerate = [5, 1];
const leastBitrateBps = 100_000;
/** Of JPEG; 80, 50 and 30 make about 1, 1/2 and 1/3 of the bytes. */
const leastQuality = 30;
const qualityStep = 30;
/** A picture that was narrower from the start stays as it is. */
const leastWidth = 320;
/** Of bitrate and width: two steps. */
const leastPart = 1 / 4;

/** Cameras as they are with these steps. Steps of streams that are gone, or are others now, count for nothing. */
export function lowered(cameras: Profile['cameras'], steps: readonly Step[]): Profile['cameras'] {
  return Object.fromEntries(
    Object.entries(cameras).map(([camera, profile]) => {
      const own = steps.filter((step) => step.camera === camera);
      return [camera, own.length === 0 ? profile : loweredCamera(profile, own)];
    }),
  );
}

function loweredCamera(profile: CameraProfile, steps: readonly Step[]): CameraProfile {
  const streams = Object.entries(profile.streams).map(([name, full]) => {
    const taken = steps.filter((step) => step.stream === name);
    return [name, loweredStream(full, taken)];
  });
  return { ...profile, streams: Object.fromEntries(streams) };
}

export function loweredStream(full: StreamProfile, steps: readonly Step[]): StreamProfile {
  return steps.reduce((stream, step) => {
    return isDeepStrictEqual(step.of, full) ? (lower(stream, step.rung, full) ?? stream) : stream;
  }, full);
}

/** The steps that count for something in these cameras. */
export function holding<T extends Step>(cameras: Profile['cameras'], steps: readonly T[]): readonly T[] {
  return steps.filter(({ camera, stream, rung, of }) => {
    const profile = cameras[camera];
    return profile?.ladder.includes(rung) && isDeepStrictEqual(profile.streams[stream], of);
  });
}

/** The next rung that lowers a stream which has taken these steps; null: it is at its floor. */
export function nextRung(full: StreamProfile, steps: readonly Step[], ladder: readonly Rung[]): Rung | null {
  const now = loweredStream(full, steps);
  return ladder.find((rung) => lower(now, rung, full) !== null) ?? null;
}

/** Null: it is at the floor of this rung. */
function lower(stream: StreamProfile, rung: Rung, full: StreamProfile): StreamProfile | null {
  if (stream.codec === 'copy') return null;
  switch (rung) {
    case 'rate':
      return lowerRate(stream);
    case 'bitrate':
      return lowerBitrate(stream, full);
    case 'size':
      return lowerSize(stream, full);
  }
}

/** Key frames keep their distance in time. */
function lowerRate(stream: StreamProfile): StreamProfile | null {
  const now = perSecond(stream.framerate);
  if (now <= perSecond(leastFramerate)) return null;
  const [frames, seconds] = stream.framerate;
  const half: Framerate = frames % 2 === 0 ? [frames / 2, seconds] : [frames, seconds * 2];
  const framerate = perSecond(half) < perSecond(leastFramerate) ? leastFramerate : half;
  if (stream.codec !== 'h264') return { ...stream, framerate };
  const gopFrames = Math.max(1, Math.round((stream.gopFrames * perSecond(framerate)) / now));
  return { ...stream, framerate, gopFrames };
}

/** Of JPEG it is the quality that tells the bitrate; what is raw has none. */
function lowerBitrate(stream: StreamProfile, full: StreamProfile): StreamProfile | null {
  if (stream.codec === 'h264' && full.codec === 'h264') {
    const least = Math.max(leastBitrateBps, Math.round(full.bitrateBps * leastPart));
    const bitrateBps = Math.max(least, Math.round(stream.bitrateBps / 2));
    return bitrateBps < stream.bitrateBps ? { ...stream, bitrateBps } : null;
  }
  if (stream.codec !== 'jpeg') return null;
  const quality = Math.max(leastQuality, stream.quality - qualityStep);
  return quality < stream.quality ? { ...stream, quality } : null;
}

function lowerSize(stream: StreamProfile, full: StreamProfile): StreamProfile | null {
  const [width, height] = [halfEven(stream.width), halfEven(stream.height)];
  if (width < leastWidth || width < Math.floor(full.width * leastPart)) return null;
  return { ...stream, width, height };
}

/** Colours have half the resolution. */
function halfEven(pixels: number): number {
  return 2 * Math.max(1, Math.round(pixels / 4));
}
