const nalTypes = { sequence: 7, picture: 8, slice: 1, keySlice: 5 } as const;

/** The SPS and PPS in front of a key frame, in Annex B as they stand there; null when it has none. */
export function parameterSets(accessUnit: Uint8Array): Uint8Array | null {
  let from = -1;
  for (let at = nextStartCode(accessUnit, 0); at >= 0; at = nextStartCode(accessUnit, at + 3)) {
    const type = (accessUnit[at + 3] ?? 0) & 0x1f;
    const isSet = type === nalTypes.sequence || type === nalTypes.picture;
    if (isSet && from < 0) from = at;
    if (!isSet && from >= 0) return copy(accessUnit, from, at);
    if (type === nalTypes.keySlice || type === nalTypes.slice) return null;
  }
  return from < 0 ? null : copy(accessUnit, from, accessUnit.length);
}

/** Where the next 00 00 01 is, or -1. */
function nextStartCode(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) return i;
  }
  return -1;
}

/** The zero byte that may stand before a start code goes with it. A Buffer's own `slice` would not copy. */
function copy(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const zeroBefore = (at: number) => (at > 0 && bytes[at - 1] === 0 ? at - 1 : at);
  return Uint8Array.from(bytes.subarray(zeroBefore(from), to === bytes.length ? to : zeroBefore(to)));
}
