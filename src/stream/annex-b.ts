/** Finding one's way in H.264 as rings have it: each unit behind a start code. */

export const nalTypes = { slice: 1, keySlice: 5, sequence: 7, picture: 8 } as const;

/** Where the next 00 00 01 is, or -1. */
export function nextStartCode(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 3 < bytes.length; i++) {
    if (bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1) return i;
  }
  return -1;
}

/** Of the unit behind a start code. */
export function nalTypeAt(bytes: Uint8Array, startCode: number): number {
  return (bytes[startCode + 3] ?? 0) & 0x1f;
}
