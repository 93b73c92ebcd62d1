import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { settled } from '../base/fake-clock.js';
import type { SourcePlan } from '../plan/graph.js';
import { faultsOf, formatFault } from '../profile/fault.js';
import type { ControlValues } from '../profile/profile.js';
import { ControlKeeper, type LeftControls } from './control-keeper.js';
import { FakeControlDevice, fakeControl } from './fake-controls.js';
import type { DeviceControl } from './messages.js';
import { movingPicture } from './testing.js';

const plan: SourcePlan = {
  ...movingPicture,
  graph: { nodes: [{ id: 'camera', element: 'v4l2src', properties: { device: '/dev/video0' } }], links: [] },
};

function setup(wanted: ControlValues = {}, left: LeftControls | null = null) {
  const device = new FakeControlDevice();
  const warnings: string[] = [];
  const told: (readonly DeviceControl[])[] = [];
  const keeper = new ControlKeeper({
    camera: 'front',
    wanted,
    left,
    ask: device.ask,
    log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }),
    onControls: (controls) => told.push(controls),
  });
  return { device, keeper, warnings, told };
}

const refused = (expected: RegExp) => (error: unknown) => {
  assert.match(faultsOf(error).map(formatFault).join('\n'), expected);
  return true;
};

test('what is wanted is set before the source is opened, automatic modes first', async () => {
  const { device, keeper } = setup({ gain: 7, brightness: 3, autogain: false });
  await keeper.prepare(plan);
  assert.deepEqual(device.set, ['autogain 0', 'gain 7', 'brightness 3']);
  await keeper.prepare(plan);
  assert.equal(device.set.length, 3, 'what is so already is left alone');
});

test('what cannot be is warned of once, and all the rest is set', async () => {
  const { device, keeper, warnings } = setup({
    brightness: 500,
    gain: 7,
    contrast: 1,
    power_line: 2,
    press: true,
  });
  await keeper.prepare(plan);
  await keeper.prepare(plan);
  assert.deepEqual(device.set, ['power_line 2']);
  assert.equal(warnings.length, 4, warnings.join('\n'));
  assert.match(warnings.join('\n'), /controls\.gain: expected a control that is active/);
  keeper.use(plan);
  const { faults } = await keeper.now();
  assert.deepEqual(faults.map(({ name }) => name).sort(), ['brightness', 'contrast', 'gain', 'press']);
});

test('each time that the device is opened they are made so again, and not in between', async () => {
  const { device, keeper } = setup({ brightness: 3 });
  const changedByOthers = async (value: number) => {
    device.controls = device.controls.map((one) => (one.name === 'brightness' ? { ...one, value } : one));
    keeper.coreSays('/dev/video0', structuredClone(device.controls));
    await settled();
    return device.value('brightness');
  };
  keeper.use(plan);
  assert.equal(await changedByOthers(9), 3, 'opened');
  assert.equal(await changedByOthers(9), 9, 'somebody turned it while it was open');
  keeper.opened();
  assert.equal(await changedByOthers(9), 3, 'woken');
  keeper.coreSays('/dev/video7', []);
  assert.equal((await keeper.now()).device, '/dev/video0');
});

test('a change is live, keeps to the order, and puts back to its default what is wanted no more', async () => {
  const { device, keeper, told } = setup({ brightness: 3, power_line: 2 });
  await keeper.prepare(plan);
  keeper.use(plan);
  device.set.length = 0;
  await keeper.change({ gain: 9, brightness: 3, autogain: false });
  assert.deepEqual(device.set, ['autogain 0', 'gain 9', 'power_line 1']);
  assert.equal(told.at(-1)?.find(({ name }) => name === 'gain')?.value, 9);
});

test('what an automatic mode has after all is no fault of a default', async () => {
  const { device, keeper } = setup({ autogain: false, gain: 9 });
  await keeper.prepare(plan);
  keeper.use(plan);
  await keeper.change({});
  assert.deepEqual([device.value('autogain'), device.value('gain')], [1, 9]);
});

test('a change that is wrong, inactive or refused sets nothing', async () => {
  const { device, keeper } = setup({ brightness: 3 });
  await keeper.prepare(plan);
  keeper.use(plan);
  const before = structuredClone(device.controls);
  const wrong: [ControlValues, RegExp][] = [
    [{ brightness: 4, power_line: 9 }, /^cameras\.front\.capture\.controls\.power_line: expected one of/],
    [{ brightness: 4, gain: 9 }, /controls\.gain: expected a control that is active/],
    [{ brightness: 4, serial: 9 }, /controls\.serial: expected nothing, for it can only be read/],
    [{ brightness: 4, press: true }, /controls\.press: expected a control that has a value/],
  ];
  for (const [values, expected] of wrong) await assert.rejects(keeper.change(values), refused(expected));
  device.refuses = ['power_line'];
  await assert.rejects(
    keeper.change({ brightness: 4, autogain: false, gain: 2, power_line: 2 }),
    refused(/power_line: expected a value that its driver takes; found 2: Input\/output error/),
  );
  assert.deepEqual(device.controls, before);
  device.refuses = [];
  await keeper.change({ brightness: 4 });
  assert.equal(device.value('brightness'), 4, 'the next one counts');
});

test('without a device a change waits for one; what cannot wait is refused', async () => {
  const { device, keeper } = setup();
  await keeper.change({ brightness: 8 });
  assert.deepEqual(device.set, []);
  await assert.rejects(keeper.set({ brightness: 8 }), /no device with controls now/);
  await assert.rejects(keeper.reset(), /no device with controls now/);
  assert.deepEqual(await keeper.now(), { device: null, controls: [], wanted: { brightness: 8 }, faults: [] });
  await keeper.prepare(plan);
  assert.deepEqual(device.set, ['brightness 8']);
});

test('buttons are pressed, defaults come back, and a reset leaves to automatic modes what is theirs', async () => {
  const { device, keeper } = setup();
  keeper.use(plan);
  await keeper.set({ press: true, autogain: false, gain: 9, brightness: 7 });
  await keeper.set({ brightness: null, press: true });
  assert.equal(device.value('brightness'), 50);
  assert.equal(device.set.filter((one) => one.startsWith('press')).length, 2);
  await assert.rejects(keeper.set({ nothing: null }), refused(/controls\.nothing/));
  device.set.length = 0;
  await keeper.reset();
  assert.deepEqual(device.set, ['autogain 1'], 'gain is the automatic mode’s now');
});

test('what a change takes out goes back to its default when the device is opened again', async () => {
  const { device, keeper } = setup({ brightness: 3, power_line: 2 });
  assert.equal(keeper.leftBy({}), null, 'nothing has been set');
  await keeper.prepare(plan);
  keeper.use(plan);
  await keeper.change({ power_line: 2 }, { later: true });
  assert.equal(device.value('brightness'), 3, 'until then it stays');
  const left = { device: '/dev/video0', names: ['brightness'] };
  assert.deepEqual(keeper.leftBy({ power_line: 2 }), left, 'for the keeper of a camera that starts again');
  assert.equal(keeper.leftBy({ power_line: 2, brightness: 4 }), null);
  await keeper.prepare(plan);
  assert.deepEqual([device.value('brightness'), device.value('power_line')], [50, 2]);
  assert.equal(keeper.leftBy({ power_line: 2 }), null, 'once');
});

test('what was left on one device is no matter of another', async () => {
  const { device, keeper } = setup({}, { device: '/dev/video7', names: ['brightness'] });
  await keeper.prepare(plan);
  assert.deepEqual(device.set, []);
  const same = setup({}, { device: '/dev/video0', names: ['brightness', 'gone'] });
  same.device.controls = same.device.controls.map((one) =>
    one.name === 'brightness' ? { ...one, value: 3 } : one,
  );
  await same.keeper.prepare(plan);
  assert.deepEqual(same.device.set, ['brightness 50']);
});

test('a device that goes meanwhile is no fault of the camera', async () => {
  const { device, keeper, warnings } = setup({ brightness: 3 });
  device.gone = true;
  await keeper.prepare(plan);
  assert.match(warnings.join(), /cannot be set: there is no \/dev\/video0/);
  keeper.use(plan);
  await assert.rejects(keeper.now(), /there is no/);
  await assert.rejects(keeper.change({ brightness: 4 }), /there is no/);
  device.gone = false;
  await keeper.change({ brightness: 4 });
  assert.equal(device.value('brightness'), 4);
});

test('a source that is no V4L2 device has none', async () => {
  const { device, keeper } = setup({ brightness: 3 });
  const file = { ...plan, graph: { nodes: [{ id: 'file', element: 'filesrc', properties: {} }], links: [] } };
  await keeper.prepare(file);
  keeper.use(file);
  assert.equal((await keeper.now()).device, null);
  assert.deepEqual(device.set, []);
});

test('the exposure is that of the device in use', () => {
  const { keeper } = setup();
  assert.equal(keeper.exposureUs, null);
  keeper.use(plan);
  keeper.coreSays('/dev/video0', [fakeControl('exposure_time_absolute', { id: 0x009a0902, value: 20 })]);
  assert.equal(keeper.exposureUs, 2000);
  keeper.use(null);
  assert.equal(keeper.exposureUs, null);
});
