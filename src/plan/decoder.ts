import type { Media } from './graph.js';

/** Where it stops. Without (ANY) no decoder would do, since what most of them give is written with memory features. */
const lastCaps: Readonly<Record<Media, string>> = {
  raw: 'video/x-raw(ANY)',
  jpeg: 'image/jpeg',
  h264: 'video/x-h264',
  h265: 'video/x-h265',
};

/** decodebin's, for pictures alone: a soundtrack is neither decoded nor waited for. */
export const decoderPropertiesFor = (media: Media) =>
  ({ caps: lastCaps[media], 'expose-all-streams': false }) as const;
