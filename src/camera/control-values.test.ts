import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ControlValue } from '../profile/profile.js';
import { changedControls, exposureUs, resolveControls } from './control-values.js';
import { FakeControlDevice, fakeControl } from './fake-controls.js';
import type { DeviceControl } from './messages.js';

const { controls } = new FakeControlDevice();

function resolved(name: string, value: ControlValue, has = controls): unknown {
  const { settings, faults } = resolveControls(has, { [name]: value }, { press: true });
  assert.equal(settings.length + faults.length, 1);
  const [fault] = faults;
  return fault ? `expected ${fault.expected}; found ${fault.found}; ${fault.hint}` : settings[0]?.value;
}

test('a value is what the device takes: numbers, switches, entries of a menu, texts, a press', () => {
  assert.equal(resolved('brightness', 0), 0);
  assert.equal(resolved('brightness', 100), 100);
  assert.equal(resolved('autogain', true), 1);
  assert.equal(resolved('autogain', 0), 0);
  assert.equal(resolved('power_line', 2), 2);
  assert.equal(resolved('power_line', '60 hz'), 2);
  assert.equal(resolved('text', 'abcd'), 'abcd');
  assert.equal(resolved('press', true), 1);
});

test('what a control does not take says what it takes', () => {
  const cases: [string, ControlValue, RegExp][] = [
    ['brightness', 101, /a whole number from 0 to 100; found 101/],
    ['brightness', -1, /from 0 to 100/],
    ['brightness', 1.5, /a whole number/],
    ['brightness', '5', /a whole number .*found "5"/],
    ['brightness', true, /a whole number .*found true/],
    ['autogain', 2, /true or false; found 2/],
    ['autogain', 'on', /true or false/],
    ['power_line', 3, /one of 0 "Disabled", 1 "50 Hz", 2 "60 Hz"; found 3/],
    ['power_line', '60Hz', /found "60Hz"; did you mean 60 Hz\?/],
    ['power_line', true, /one of 0/],
    ['text', 'a', /text of 2 to 8 bytes, in steps of 2; found "a"/],
    ['text', 'äa', /text of 2/],
    ['text', 'a\0', /text of 2/],
    ['text', 5, /text of 2/],
    ['press', false, /true, which presses it/],
    ['serial', 5, /only be read/],
    ['brightnes', 5, /a control of this camera: brightness, .*did you mean brightness\?/],
    ['constructor', 5, /a control of this camera/],
  ];
  for (const [name, value, expected] of cases) assert.match(String(resolved(name, value)), expected);
  assert.match(String(resolved('brightness', 5, [])), /no control, for this camera has none/);
  const stepped = [fakeControl('zoom', { minimum: 10, maximum: 90, step: 20 })];
  assert.equal(resolved('zoom', 50, stepped), 50);
  assert.match(String(resolved('zoom', 60, stepped)), /from 10 to 90, in steps of 20/);
  const bits = [fakeControl('bits', { type: 'bitmask', maximum: 0x80000011, step: 0 })];
  assert.equal(resolved('bits', 0x80000001, bits), 0x80000001);
  for (const value of [0x10000011, 0x80000002, -1, 2 ** 32, 1.5, true])
    assert.match(String(resolved('bits', value, bits)), /the bits of 0x80000011/);
});

test('a button can be pressed, not kept', () => {
  const { faults } = resolveControls(controls, { press: true });
  assert.match(faults[0]?.found ?? '', /pressed and not kept/);
});

test('of two profiles only the difference is set, and what is wanted no more has its default', () => {
  const before = { brightness: 10, power_line: '60 Hz', gone: 3 };
  const after = { brightness: 10, autogain: false };
  const { settings, faults } = changedControls(controls, before, after);
  assert.deepEqual(
    settings.map(({ name, value }) => [name, value]),
    [
      ['autogain', 0],
      ['power_line', 1],
    ],
  );
  assert.deepEqual(faults, []);
  assert.equal(changedControls(controls, {}, { constructor: 3 } as never).faults.length, 1);
});

test('an exposure is known where no automatic mode has it, or the driver says what that makes of it', () => {
  const of = (changes: Partial<DeviceControl>) =>
    exposureUs([fakeControl('exposure_time_absolute', { id: 0x009a0902, value: 157, ...changes })]);
  assert.equal(exposureUs(controls), null);
  assert.equal(of({}), 15_700);
  assert.equal(of({ inactive: true }), null);
  assert.equal(of({ inactive: true, selfChanging: true }), 15_700);
  assert.equal(of({ value: null }), null);
});
