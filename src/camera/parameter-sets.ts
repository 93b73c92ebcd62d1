import { nalTypeAt, nalTypes, nextStartCode } from '../stream/annex-b.js';

/** The SPS and PPS in front of a key frame, in Annex B as they stand there; null when it has none. */
export function parameterSets(accessUnit: Uint8Array): Uint8Array | null {
  let from = -1;
  for (let at = nextStartCode(accessUnit, 0); at >= 0; at = nextStartCode(accessUnit, at + 3)) {
    const type = nalTypeAt(accessUnit, at);
    const isSet = type === nalTypes.sequence || type === nalTypes.picture;
    if (isSet && from < 0) from = at;
    if (!isSet && from >= 0) return copy(accessUnit, from, at);
    if (type === nalTypes.keySlice || type === nalTypes.slice) return null;
  }
  return from < 0 ? null : copy(accessUnit, from, accessUnit.length);
}

/** The zero byte that may stand before a start code goes with it. A Buffer's own `slice` would not copy. */
function copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const zeroBefore = (at: number) => (at > 0 && bytes[at - 1] === 0 ? at - 1 : at);
  return Uint8Array.from(bytes.subarray(zeroBefore(from), to === bytes.length ? to : zeroBefore(to)));
}
