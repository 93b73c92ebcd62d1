import type { H264Stream } from '../profile/profile.js';
import type { H264EncoderName } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import { type Capabilities, missingElements } from './capabilities.js';
import type { GraphNode } from './graph.js';

/** x264's own word for it; 0 would be ten seconds. */
const endless = 2 ** 30;

export interface Encoder {
  element: H264EncoderName;
  properties(stream: H264Stream): GraphNode['properties'];
}

/**
 * H.264 encoders, the first that the machine has is taken. All of them make one
 * slice a frame from I420, and key frames only when asked: the core counts.
 */
export const h264Encoders: readonly Encoder[] = [
  {
    element: 'x264enc',
    properties: (stream) => ({
      // zerolatency means sliced threads, which break clients that take a slice
      // for a frame; one thread makes one slice and costs 1 ms at 1080p.
      tune: 'zerolatency',
      threads: 1,
      'speed-preset': 'ultrafast',
      bitrate: Math.max(1, Math.round(stream.bitrateBps / 1000)),
      'key-int-max': endless,
      // ultrafast leaves out what the higher profiles are named for.
      cabac: stream.h264Profile !== 'constrained-baseline',
      dct8x8: stream.h264Profile === 'high',
      'byte-stream': true,
    }),
  },
  {
    element: 'openh264enc',
    properties: (stream) => ({
      'usage-type': 'camera',
      complexity: 'low',
      'multi-thread': 1,
      'slice-mode': 'n-slices',
      'num-slices': 1,
      'rate-control': 'bitrate',
      bitrate: stream.bitrateBps,
      // Left to itself it takes out frames to keep the bitrate, and puts in key frames.
      'enable-frame-skip': false,
      'scene-change-detection': false,
      'gop-size': 0,
    }),
  },
];

/** The one the stream names, else the best one there is. Throws `missing-element`. */
export function chooseEncoder(stream: H264Stream, capabilities: Capabilities, purpose: string): Encoder {
  const wanted = h264Encoders.filter(
    ({ element }) => stream.encoder === undefined || stream.encoder === element,
  );
  const chosen = wanted.find(({ element }) => capabilities.elements[element] === true);
  if (chosen) return chosen;
  const [best] = wanted;
  throw missingElements(best ? [best.element] : [], purpose);
}

/** Seconds from key frame to key frame at the stream's full rate. */
export function gopSeconds(stream: H264Stream): number {
  return stream.gopFrames / perSecond(stream.framerate);
}
