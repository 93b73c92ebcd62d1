import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlsView } from '../api/control-views.js';
import type { RequestedChange } from '../api/ports.js';
import { problemOf } from '../api/problem.js';
import { FakeControl } from '../api/testing.js';
import { silentLog } from '../base/log.js';
import { ControlKeeper } from '../camera/control-keeper.js';
import { FakeControlDevice } from '../camera/fake-controls.js';
import { movingPicture } from '../camera/testing.js';
import { isGroup } from '../profile/merge-patch.js';
import type { ControlValues } from '../profile/profile.js';
import type { Camera } from './camera.js';
import { CameraControls } from './camera-controls.js';

/** A camera whose profile becomes what it is asked to, as far as its controls go. */
function setup({ connected = true } = {}) {
  const device = new FakeControlDevice();
  const profile: { controls: ControlValues } = { controls: {} };
  const controls = new ControlKeeper({
    camera: 'front',
    wanted: {},
    left: null,
    ask: device.ask,
    log: silentLog,
    onControls: () => {},
  });
  const node = { id: 'camera', element: 'v4l2src', properties: { device: '/dev/video0' } };
  if (connected) controls.use({ ...movingPicture, graph: { nodes: [node], links: [] } });
  const control = new FakeControl();
  const asked: unknown[] = [];
  const change = async (request: RequestedChange) => {
    const { capture } = request.value;
    const wanted = isGroup(capture) ? capture['controls'] : undefined;
    asked.push(wanted);
    if (!request.dryRun && wanted !== undefined) {
      const merged = wanted === null ? {} : { ...profile.controls, ...(wanted as ControlValues) };
      const after = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null));
      await controls.change(after);
      profile.controls = after;
    }
    return control.change(request);
  };
  const camera = { name: 'front', profile, supervisor: { controls } } as unknown as Camera;
  const cameras = { find: (name: string) => (name === 'front' ? camera : undefined) };
  return { device, asked, profile, api: new CameraControls({ cameras, control: { change } }) };
}

const problem = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('it should have been refused'),
    (reason: unknown) => reason,
  );
  const { status, errors = [], detail } = problemOf(error);
  return [status, errors.map(({ field, message }) => `${field}: ${message}`).join('\n') || detail] as const;
};

test('they are shown as a profile would write them', async () => {
  const { api } = setup();
  const view = controlsView.parse(await api.controls('front'));
  const at = (name: string) => view.controls.find((one) => one.name === name);
  assert.deepEqual([view.device, at('autogain')?.value, at('power_line')?.value], ['/dev/video0', true, 1]);
  assert.equal(at('press')?.value, null);
  assert.deepEqual(await problem(api.controls('back')), [404, 'there is no camera "back"']);
});

test('what has a value is set and kept, a button is pressed', async () => {
  const { api, device, asked, profile } = setup();
  await api.changeControls('front', { press: true, gain: 8, autogain: false, power_line: '60 Hz' }, false);
  assert.deepEqual(device.set, ['autogain 0', 'gain 8', 'power_line 2', 'press 1']);
  assert.deepEqual(profile.controls, { gain: 8, autogain: false, power_line: '60 Hz' });
  asked.length = 0;
  await api.changeControls('front', { press: true }, false);
  assert.deepEqual(asked, [undefined], 'there is nothing to keep');
  assert.deepEqual((await api.controls('front')).kept, profile.controls);
});

test('null brings a default back, whether the value was kept or not', async () => {
  const { api, device, profile } = setup();
  await api.changeControls('front', { brightness: 8 }, false);
  device.controls = device.controls.map((one) => (one.name === 'power_line' ? { ...one, value: 2 } : one));
  await api.changeControls('front', { brightness: null, power_line: null }, false);
  assert.deepEqual([device.value('brightness'), device.value('power_line'), profile.controls], [50, 1, {}]);
  await api.changeControls('front', { brightness: 8 }, false);
  await api.resetControls('front', false);
  assert.deepEqual([device.value('brightness'), profile.controls], [50, {}]);
});

test('everything that is wrong is told at once, and nothing is done', async () => {
  const { api, device, asked } = setup();
  const [status, words] = await problem(
    api.changeControls('front', { brightnes: 1, gain: 500, press: 3, power_line: 0, nothing: null }, false),
  );
  assert.equal(status, 422);
  for (const expected of [
    /capture\.controls\.brightnes: expected a control .*did you mean brightness\?/,
    /controls\.gain: expected a whole number from 0 to 100; found 500/,
    /controls\.press: expected true/,
    /controls\.nothing: expected a control/,
  ])
    assert.match(words, expected);
  assert.match((await problem(api.changeControls('front', { gain: [1] }, false)))[1], /found a list/);
  assert.match((await problem(api.changeControls('front', { gain: 3 }, false)))[1], /control that is active/);
  assert.deepEqual([device.set, asked.filter((one) => one !== undefined)], [[], [{ gain: 3 }]]);
});

test('a dry run asks, and does nothing', async () => {
  const { api, device, profile } = setup();
  const change = await api.changeControls('front', { brightness: 8, press: true }, true);
  assert.deepEqual([change.dryRun, device.set, profile.controls], [true, [], {}]);
  await api.resetControls('front', true);
  assert.deepEqual(device.set, []);
  assert.equal((await problem(api.changeControls('front', { brightness: 800 }, true)))[0], 422);
});

test('without a device values wait in the profile, and the list is empty', async () => {
  const { api, profile } = setup({ connected: false });
  await api.changeControls('front', { brightness: 8 }, false);
  assert.deepEqual(profile.controls, { brightness: 8 });
  assert.deepEqual(await api.controls('front'), {
    device: null,
    controls: [],
    kept: { brightness: 8 },
    faults: [],
  });
});

test('a device that is going away in this moment is no fault of ours', async () => {
  const { api, device } = setup();
  device.gone = true;
  assert.deepEqual((await problem(api.controls('front')))[0], 503);
});
