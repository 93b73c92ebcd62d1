import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Spread } from './spread.js';

function spreadOf(values: readonly number[]): Spread {
  const spread = new Spread();
  for (const value of values) spread.add(value);
  return spread;
}

function near(value: number | null, wanted: number): void {
  assert.ok(
    value !== null && Math.abs(value - wanted) <= 1e-9 * (1 + Math.abs(wanted)),
    `${value}, ${wanted}`,
  );
}

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 60 });

test('it tells what the numbers themselves would', () => {
  fc.assert(
    fc.property(values, (numbers) => {
      const { count, last, min, mean, max, deviation } = spreadOf(numbers).report();
      assert.equal(count, numbers.length);
      if (count === 0) return assert.deepEqual([last, min, mean, max, deviation], Array(5).fill(null));
      assert.deepEqual([last, min, max], [numbers.at(-1), Math.min(...numbers), Math.max(...numbers)]);
      const average = numbers.reduce((sum, one) => sum + one, 0) / count;
      near(mean, average);
      near(deviation, Math.sqrt(numbers.reduce((sum, one) => sum + (one - average) ** 2, 0) / count));
    }),
  );
});

test('parts that are merged in their order are the whole', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 6 }), (parts) => {
      const merged = new Spread();
      for (const part of parts) merged.merge(spreadOf(part));
      const { mean, deviation, ...rest } = merged.report();
      const { mean: wantedMean, deviation: wantedDeviation, ...wanted } = spreadOf(parts.flat()).report();
      assert.deepEqual(rest, wanted);
      if (wantedMean === null || wantedDeviation === null) return assert.equal(mean, null);
      near(mean, wantedMean);
      near(deviation, wantedDeviation);
    }),
  );
});

test('it keeps its digits over days of frames', () => {
  const spread = new Spread();
  for (let frame = 0; frame < 1e6; frame++) spread.add(1e6 + (frame % 2));
  const { mean, deviation } = spread.report();
  near(mean, 1e6 + 0.5);
  assert.ok(Math.abs((deviation ?? 0) - 0.5) < 1e-6, `${deviation}`);
});
