import { nalTypes, nextStartCode } from '../stream/annex-b.js';
import type { Component } from '../stream/message.js';

/** What the byte behind a start code says. */
interface Units {
  typeOf(byte: number): number;
  isSet(type: number): boolean;
  isSlice(type: number): boolean;
}

const unitsOf: Partial<Record<Component['codec'], Units>> = {
  h264: {
    typeOf: (byte) => byte & 0x1f,
    isSet: (type) => type === nalTypes.sequence || type === nalTypes.picture,
    isSlice: (type) => type === nalTypes.slice || type === nalTypes.keySlice,
  },
  h265: {
    typeOf: (byte) => (byte >> 1) & 0x3f,
    isSet: (type) => type >= 32 && type <= 34,
    isSlice: (type) => type < 32,
  },
};

/**
 * The SPS and PPS in front of a key frame, of H.265 the VPS too, in Annex B as
 * they stand there; null when it has none, and where the codec has none.
 */
export function parameterSets(accessUnit: Uint8Array, codec: Component['codec']): Uint8Array | null {
  const units = unitsOf[codec];
  if (!units) return null;
  let from = -1;
  for (let at = nextStartCode(accessUnit, 0); at >= 0; at = nextStartCode(accessUnit, at + 3)) {
    const type = units.typeOf(accessUnit[at + 3] ?? 0);
    const isSet = units.isSet(type);
    if (isSet && from < 0) from = at;
    if (!isSet && from >= 0) return copy(accessUnit, from, at);
    if (units.isSlice(type)) return null;
  }
  return from < 0 ? null : copy(accessUnit, from, accessUnit.length);
}

/** The zero byte that may stand before a start code goes with it. A Buffer's own `slice` would not copy. */
function copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const zeroBefore = (at: number) => (at > 0 && bytes[at - 1] === 0 ? at - 1 : at);
  return Uint8Array.from(bytes.subarray(zeroBefore(from), to === bytes.length ? to : zeroBefore(to)));
}
