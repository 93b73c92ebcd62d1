import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PictureType, pictureType } from './picture-type.js';

const unit = (...bytes: number[]) => [0, 0, 0, 1, ...bytes];
const delimiter = unit(0x09, 0xf0);
const sets = [...unit(0x67, 0x42, 0xc0, 0x1f, 0xda), ...unit(0x68, 0xce, 0x3c, 0x80)];
const message = unit(0x06, 0x05, 0x02, 0x41, 0x01, 0x80);

test('the first slice says I, P or B, whatever stands before it', () => {
  // The first macroblock, 0, is the bit 1; the slice type follows as an Exp-Golomb code.
  const slices: readonly [number, PictureType][] = [
    [0b1_1_000000, 'p'], // 0
    [0b1_010_0000, 'b'], // 1
    [0b1_011_0000, 'i'], // 2
    [0b1_00100_00, 'p'], // 3, SP
    [0b1_00101_00, 'i'], // 4, SI
    [0b1_00110_00, 'p'], // 5: all slices are
    [0b1_00111_00, 'b'], // 6
    [0b1_0001000, 'i'], // 7
  ];
  for (const [header, type] of slices) {
    for (const before of [[], delimiter, [...delimiter, ...message, ...sets]]) {
      assert.equal(pictureType(Uint8Array.from([...before, ...unit(0x41, header, 0x9a)])), type);
      assert.equal(pictureType(Uint8Array.from([...before, ...unit(0x65, header, 0x9a)])), type);
    }
  }
});

test('a slice that begins at another macroblock says it too', () => {
  // 8 is 0001001; the type 7 is 0001000.
  assert.equal(pictureType(Uint8Array.from(unit(0x41, 0b00010010, 0b00100000))), 'i');
});

test('without a slice there is nothing to say, and no bytes hurt', () => {
  assert.equal(pictureType(new Uint8Array()), null);
  assert.equal(pictureType(Uint8Array.from([...delimiter, ...sets, ...message])), null);
  const known: readonly unknown[] = ['i', 'p', 'b', null];
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => known.includes(pictureType(bytes))));
});
