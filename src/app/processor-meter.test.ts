import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessorMeter } from './processor-meter.js';

test('tells which part of the time was in use over the last four samples', () => {
  const times = { idle: 1000, all: 1000 };
  const meter = new ProcessorMeter(() => ({ ...times }));
  const pass = (busy: number) => {
    times.all += 100;
    times.idle += 100 * (1 - busy);
    meter.tick();
    return Math.round(100 * meter.busy);
  };
  meter.tick();
  assert.equal(meter.busy, 0);
  assert.deepEqual([pass(1), pass(0), pass(1), pass(1), pass(1), pass(1)], [100, 50, 67, 75, 75, 100]);
});

test('reads this machine', () => {
  const meter = new ProcessorMeter();
  meter.tick();
  meter.tick();
  assert.ok(meter.busy >= 0 && meter.busy <= 1);
});
