import { nalTypeAt, nalTypes, nextStartCode } from '../stream/annex-b.js';

export type PictureType = 'i' | 'p' | 'b';

/** By `slice_type` modulo 5 (H.264, table 7-6); SP and SI count as what they are like. */
const types: readonly PictureType[] = ['p', 'b', 'i', 'p', 'i'];

/** What the first slice of an access unit is coded as; null when it has none. Looks at that slice's first bits only. */
export function pictureType(accessUnit: Uint8Array): PictureType | null {
  for (let at = nextStartCode(accessUnit, 0); at >= 0; at = nextStartCode(accessUnit, at + 3)) {
    const type = nalTypeAt(accessUnit, at);
    if (type === nalTypes.slice || type === nalTypes.keySlice) {
      const header = new Bits(accessUnit, at + 4);
      header.exponential(); // first_mb_in_slice
      return types[header.exponential() % 5] ?? null;
    }
  }
  return null;
}

/** Reads a slice's first numbers, which are too short to hold an emulation prevention byte. */
class Bits {
  readonly #bytes: Uint8Array;
  #bit: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#bit = from * 8;
  }

  /** An Exp-Golomb code. */
  exponential(): number {
    let zeros = 0;
    while (zeros < 16 && this.#next() === 0) zeros += 1;
    let value = 1;
    for (let i = 0; i < zeros; i++) value = value * 2 + this.#next();
    return value - 1;
  }

  #next(): number {
    const byte = this.#bytes[this.#bit >> 3] ?? 0;
    const bit = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return bit;
  }
}
