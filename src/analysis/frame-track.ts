import type { Packet } from '../stream/message.js';
import { type PictureType, pictureType } from './picture-type.js';

/** A frame, and where it stands to those before it. What cannot be known is null. */
export interface TrackedFrame {
  bytes: number;
  key: boolean;
  /** Of H.264. */
  type: PictureType | null;
  slate: boolean;
  error: boolean;
  discontinuity: boolean;
  latencyMs: number;
  /** Since the frame before: as they were captured, and as they arrived. */
  sinceMs: number | null;
  arrivalIntervalMs: number | null;
  /** The same as `sinceMs`, where both are the camera's and none is missing in between. */
  captureIntervalMs: number | null;
  /** Frames whose numbers lie between. */
  missed: number;
  /** Of a key frame, since the one before. */
  keyInterval: { frames: number; ms: number } | null;
}

interface Seen {
  packet: Pick<Packet, 'sequence' | 'dtsNs' | 'slate'>;
  arrivedNs: number;
}

export class FrameTrack {
  #before: Seen | null = null;
  #key: Seen | null = null;

  /** What comes now is not measured against what came before. */
  restart(): void {
    this.#before = null;
    this.#key = null;
  }

  see(packet: Packet, arrivedNs: number): TrackedFrame {
    const { sequence, dtsNs, slate } = packet;
    // Not the packet itself: its payload belongs to somebody else as soon as it is released.
    const seen: Seen = { packet: { sequence, dtsNs, slate }, arrivedNs };
    // Numbers that begin again are those of another ring.
    if (this.#before && sequence <= this.#before.packet.sequence) this.restart();
    const before = this.#before;
    const key = packet.frameType === 'key';
    const missed = before ? sequence - before.packet.sequence - 1 : 0;
    const sinceMs = before && msBetween(before, seen);
    const evenly = before && missed === 0 && !slate && !before.packet.slate;
    const frame: TrackedFrame = {
      bytes: packet.payload.byteLength,
      key,
      type: packet.component.codec === 'h264' ? pictureType(packet.payload) : null,
      slate,
      error: packet.error,
      discontinuity: packet.discontinuity,
      latencyMs: (arrivedNs - packet.ptsNs) / 1e6,
      sinceMs,
      arrivalIntervalMs: before && (arrivedNs - before.arrivedNs) / 1e6,
      captureIntervalMs: evenly ? sinceMs : null,
      missed,
      keyInterval: key ? this.#sinceKey(seen) : null,
    };
    this.#before = seen;
    if (key) this.#key = seen;
    return frame;
  }

  #sinceKey(seen: Seen): TrackedFrame['keyInterval'] {
    const key = this.#key;
    return key && { frames: seen.packet.sequence - key.packet.sequence, ms: msBetween(key, seen) };
  }
}

/** By decoding time, which is in the order of the frames where B pictures are not. */
function msBetween(before: Seen, after: Seen): number {
  return (after.packet.dtsNs - before.packet.dtsNs) / 1e6;
}
