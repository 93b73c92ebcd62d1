/** What a stream looks like to GStreamer's shmsrc. */
import type { BranchProfile } from '../profile/profile.js';
import { ringGeometry } from './ring-geometry.js';

/** What a client has to write behind `shmsrc`, which is told neither format nor size. */
export function shmsrcCaps(stream: BranchProfile): string {
  const { width, height, framerate } = stream;
  const picture = `width=${width},height=${height},framerate=${framerate.join('/')}`;
  switch (stream.codec) {
    case 'h264':
    case 'h265':
      return `video/x-${stream.codec},stream-format=byte-stream,alignment=au,${picture}`;
    case 'jpeg':
      return `image/jpeg,${picture}`;
    case 'raw':
      return `video/x-raw,format=${stream.format},${picture}`;
  }
}

/** Eight raw frames, or what the ring has. A client may hold a quarter of it. */
export function shmsinkAreaBytes(stream: BranchProfile): number {
  const { slotSize, arenaSize } = ringGeometry(stream);
  return stream.codec === 'raw' ? 8 * slotSize : arenaSize;
}

/** In the ring's folder, beside the ring. */
export function shmsinkAreaPath(ring: string): string {
  return `${ring}+shmsink`;
}
