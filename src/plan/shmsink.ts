/** What a stream looks like to GStreamer's shmsrc. */
import type { StreamProfile } from '../profile/profile.js';
import { ringGeometry } from './ring-geometry.js';

/** What a client has to write behind `shmsrc`, which is told neither format nor size. */
export function shmsrcCaps(stream: StreamProfile): string {
  const { width, height, framerate } = stream;
  const picture = `width=${width},height=${height},framerate=${framerate.join('/')}`;
  switch (stream.codec) {
    case 'h264':
      return `video/x-h264,stream-format=byte-stream,alignment=au,${picture}`;
    case 'jpeg':
      return `image/jpeg,${picture}`;
    case 'raw':
      return `video/x-raw,format=${stream.format},${picture}`;
  }
}

/** As much as the ring's frames take, of which a client may hold a quarter: two raw frames, half a second of H.264. */
export function shmsinkAreaBytes(stream: StreamProfile): number {
  return ringGeometry(stream).arenaSize;
}

/** In the ring's folder, beside the ring. */
export function shmsinkAreaPath(ring: string): string {
  return `${ring}+shmsink`;
}
