/** What runs inside the machine: controls of a real driver, set by teecam and read back by v4l2-ctl. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { unlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ControlsView } from '../../src/api/control-views.js';
import type { DeviceView } from '../../src/api/routes/devices.js';
import { RunningAppliance } from '../support/appliance.js';
import { MjpegViewer } from '../support/mjpeg-viewer.js';
import { ServerEvents } from '../support/server-events.js';
import { until } from '../support/until.js';

// Emulated, everything takes its time.
const patient = { withinMs: 60_000 };
const size = { width: 320, height: 180, framerate: 5 };
const device = '/dev/video0';
const bus = 'v4l2:bus=platform:vivid-000';

// Not waited for in one go: fetch would miss that the appliance closes idle connections.
const execute = promisify(execFile);
const v4l2 = async (...args: string[]) => (await execute('v4l2-ctl', ['-d', device, ...args])).stdout;
/** As v4l2-ctl shows it: of a menu the number, of a bitmask a signed one. */
const read = async (name: string) => {
  const [, value = ''] = /: (.*)\n$/s.exec(await v4l2(`--get-ctrl=${name}`)) ?? [];
  return value.replace(/ \(.*\)$/, '');
};
const step = (words: string) => process.stdout.write(`${words}\n`);

await v4l2('--set-ctrl=brightness=1,contrast=2,gain_automatic=1');
await using appliance = await RunningAppliance.start(
  {
    cameras: {
      front: {
        source: bus,
        capture: { ...size, controls: { gain: 77, gain_automatic: false, brightness: 100 } },
        streams: { low: { codec: 'jpeg', ...size } },
      },
    },
  },
  { withinMs: 120_000 },
);
await appliance.ready(60_000);

const address = appliance.http('/api/v1/cameras/front/controls');
const controls = async () => (await (await fetch(address)).json()) as ControlsView;
const control = async (name: string) => {
  const found = (await controls()).controls.find((one) => one.name === name);
  assert.ok(found, `there is a control ${name}`);
  return found;
};
async function patch(values: object): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'PATCH', headers, body: JSON.stringify(values) });
  return { status: response.status, text: await response.text() };
}
async function set(values: object): Promise<void> {
  const { status, text } = await patch(values);
  assert.equal(status, 200, text);
}

step('discovery');
const devices = (await (await fetch(appliance.http('/api/v1/devices'))).json()) as DeviceView[];
const found = devices.find(({ path }) => path === device);
assert.deepEqual(
  [found?.driver, found?.source, found?.cameras, found?.reason],
  ['vivid', bus, ['front'], null],
);
assert.ok(
  found?.formats.some(({ format, width }) => format === 'YUY2' && width === 320),
  'its formats',
);

step('what the profile wants is set when the device is opened');
const kept = ['gain_automatic', 'gain', 'brightness', 'contrast'];
assert.deepEqual(await Promise.all(kept.map(read)), ['0', '77', '100', '2']);

using viewer = await MjpegViewer.open(appliance.http('/front/low.mjpg'));
using events = await ServerEvents.open(appliance.http('/api/v1/events'));
await until('pictures', () => viewer.parts.length > 0, patient);
const before = await appliance.camera('front');
const workers = await appliance.workers();

step('every kind of control is set, and read back');
const kinds: [string, unknown, string][] = [
  ['brightness', 42, '42'],
  ['horizontal_flip', true, '1'],
  ['boolean', false, '0'],
  ['integer_32_bits', -7, '-7'],
  ['integer_64_bits', 5_000_000_000, '5000000000'],
  ['menu', 4, '4'],
  ['menu', 'Menu Item 1', '1'],
  ['integer_menu', 5, '5'],
  ['bitmask', 0x80400010, String(0x80400010 | 0)],
  ['string', 'Hi!', "'Hi!'"],
];
for (const [name, value, shown] of kinds) {
  await set({ [name]: value });
  assert.equal(await read(name), shown, name);
  step(`  ${name} is ${shown}: ${(await control(name)).type}`);
}
const types = new Set((await controls()).controls.map(({ type }) => type));
for (const type of ['integer', 'boolean', 'menu', 'button', 'integer64', 'string', 'bitmask', 'integer-menu'])
  assert.ok((types as Set<string>).has(type), type);
await set({ button: true });
assert.equal((await controls()).kept['button'], undefined);

step('an automatic mode has what it gates, whatever the order');
await set({ gain_automatic: true });
assert.equal((await control('gain')).inactive, true);
const { status, text } = await patch({ gain: 5, brightness: 3 });
assert.equal(status, 422);
assert.match(text, /capture\.controls\.gain.*active/);
assert.equal(await read('brightness'), '42', 'nothing of it was done');
await set({ gain: 5, gain_automatic: false });
assert.deepEqual([await read('gain_automatic'), await read('gain')], ['0', '5']);

step('what is wrong is refused with what would be right');
for (const [values, expected] of [
  [{ brightnes: 5 }, /did you mean brightness/],
  [{ brightness: 256 }, /from 0 to 255/],
  [{ brightness: 'bright' }, /a whole number/],
  [{ menu: 'Menu Item 33' }, /did you mean Menu Item 3/],
  [{ string: 'x' }, /text of 2 to 4 bytes/],
  [{ bitmask: 1 }, /bits of 0x80402010/],
  [{ read_only_integer_32_bits: 1 }, /only be read/],
] as const) {
  const refused = await patch(values);
  assert.equal(refused.status, 422, refused.text);
  assert.match(refused.text, expected);
}

step('what another program sets is told');
events.all.length = 0;
await v4l2('--set-ctrl=contrast=33');
const isTold = () =>
  events.of('controls').some((one) => one.controls.some((c) => c.name === 'contrast' && c.value === 33));
await until('contrast is told', isTold, patient);

step('nobody who watches noticed');
const seen = viewer.parts.length;
await until('more pictures', () => viewer.parts.length > seen + 3, patient);
const now = await appliance.camera('front');
assert.deepEqual(
  [now.state, now.restarts, now.slates, now.since],
  ['live', before.restarts, before.slates, before.since],
);
assert.deepEqual(await appliance.workers(), workers);

step('they are so again when the device is opened again');
await v4l2('--set-ctrl=brightness=9,gain_automatic=1');
for (const pid of workers) process.kill(pid, 'SIGKILL');
const asKept = async () => (await read('brightness')) === '42' && (await read('gain')) === '5';
await until('they are as they were kept', asKept, patient);
assert.equal(await read('gain_automatic'), '0');

step('a reset brings back every default, also of what was not kept');
await until('it is live', async () => (await appliance.camera('front')).state === 'live', patient);
const reset = await fetch(address, { method: 'DELETE' });
assert.equal(reset.status, 200, await reset.text());
// The default of vivid's bitmask has a bit that it does not take.
for (const { name, value, default: standard, inactive, readOnly } of (await controls()).controls)
  if (standard !== null && !inactive && !readOnly && name !== 'bitmask')
    assert.deepEqual([name, value], [name, standard]);
assert.deepEqual((await controls()).kept, {});

step('a node that comes and goes is told');
events.all.length = 0;
const node = '/dev/video9';
const actions = () =>
  events
    .of('device')
    .filter((one) => one.device.path === node)
    .map(({ action }) => action);
await execute('mknod', [node, 'c', '81', '0']);
await until('it is told', () => actions().includes('added'), patient);
await unlink(node);
await until('its end is told', () => actions().includes('removed'), patient);
step('done');
