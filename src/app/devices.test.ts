import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiEvent, apiEvent } from '../api/events.js';
import { deviceView } from '../api/routes/devices.js';
import { silentLog } from '../base/log.js';
import { fakeDevice } from '../native/fake-device.js';
import type { VideoDevice } from '../native/port.js';
import { parseSource } from '../profile/source.js';
import { DeviceTeller } from './device-teller.js';
import { deviceViews, findDevice, lastingSource } from './devices.js';

const sources = (...devices: VideoDevice[]) => devices.map((device) => lastingSource(device, devices));
const found = (text: string, ...devices: VideoDevice[]) => findDevice(parseSource(text, '/'), devices)?.path;
const links = ['/dev/v4l/by-id/usb-C920', '/dev/v4l/by-path/pci-0'];
const [first, second] = [fakeDevice('/dev/video0'), fakeDevice('/dev/video2')];

test('a device is named by what stays the same for longest', () => {
  assert.deepEqual(sources(fakeDevice('/dev/video0', { serial: 'A1', links })), ['v4l2:serial=A1']);
  assert.deepEqual(sources(fakeDevice('/dev/video0', { links })), ['v4l2:/dev/v4l/by-id/usb-C920']);
  assert.deepEqual(sources(first), ['v4l2:bus=usb-0000:00:14.0-0']);
  assert.deepEqual(sources(fakeDevice('/dev/video0', { bus: '' })), ['v4l2:/dev/video0']);
});

test('two identical cameras are told apart by their ports', () => {
  const shared = fakeDevice('/dev/video0', { serial: '1', links });
  const other = fakeDevice('/dev/video2', { serial: '1', links: ['/dev/v4l/by-path/pci-1'] });
  const named = ['v4l2:/dev/v4l/by-path/pci-0', 'v4l2:/dev/v4l/by-path/pci-1'];
  assert.deepEqual(sources(shared, other), named);
  assert.deepEqual(sources(first, second), ['v4l2:bus=usb-0000:00:14.0-0', 'v4l2:bus=usb-0000:00:14.0-2']);
  for (const device of [shared, other])
    assert.equal(found(lastingSource(device, [shared, other]), shared, other), device.path);
});

test('two nodes of one camera have the camera’s serial number, and names of their own', () => {
  const { bus } = first;
  const depth = fakeDevice('/dev/video2', { serial: 'A1', bus, links: ['/dev/v4l/by-id/usb-C920-index2'] });
  assert.deepEqual(sources(fakeDevice('/dev/video0', { serial: 'A1', links }), depth), [
    'v4l2:/dev/v4l/by-id/usb-C920',
    'v4l2:/dev/v4l/by-id/usb-C920-index2',
  ]);
});

test('a camera is found under whatever node it has now', () => {
  const serial = fakeDevice('/dev/video4', { serial: 'A1' });
  const linked = fakeDevice('/dev/video6', { links });
  const all = [first, serial, linked];
  assert.equal(found('auto', ...all), '/dev/video0');
  assert.equal(found('v4l2:serial=A1', ...all), '/dev/video4');
  assert.equal(found('v4l2:serial=B2', ...all), undefined);
  assert.equal(found('v4l2:bus=usb-0000:00:14.0-6', ...all), '/dev/video6');
  assert.equal(found('v4l2:/dev/v4l/by-path/pci-0', ...all), '/dev/video6');
  assert.equal(found('v4l2:/dev/video4', ...all), '/dev/video4');
  assert.equal(found('test', ...all), undefined);
});

test('auto takes one that can be used before one that cannot', () => {
  const closed = fakeDevice('/dev/video0', { fault: { reason: 'no-permission', detail: 'no' }, formats: [] });
  const silent = fakeDevice('/dev/video1', { formats: [] });
  assert.equal(found('auto', closed, silent, second), '/dev/video2');
  assert.equal(found('auto', closed, silent), '/dev/video1');
  assert.equal(found('auto', closed), '/dev/video0');
  assert.equal(found('auto'), undefined);
});

test('a view says which camera of the profile means it, and why it cannot be opened', () => {
  const fault = { reason: 'busy', detail: 'in use' };
  const cameras = [
    { name: 'front', profile: { source: [parseSource('auto', '/')] as [ReturnType<typeof parseSource>] } },
    {
      name: 'back',
      profile: { source: [parseSource('v4l2:serial=A1', '/')] as [ReturnType<typeof parseSource>] },
    },
  ];
  const views = deviceViews([first, fakeDevice('/dev/video4', { serial: 'A1', fault })], cameras);
  deviceView.array().parse(views);
  assert.deepEqual(
    views.map(({ cameras: names, reason, detail }) => [names, reason, detail]),
    [
      [['front'], null, ''],
      [['back'], 'busy', 'in use'],
    ],
  );
  assert.deepEqual(views[0]?.formats[0]?.framerates, [30]);
});

test('what comes, goes or changes is told, and nothing when nothing did', async () => {
  const state = { devices: [first] };
  const events: ApiEvent[] = [];
  const teller = new DeviceTeller({
    native: { listDevices: async () => state.devices },
    cameras: () => [],
    onEvent: (event) => events.push(apiEvent.parse(event)),
    log: silentLog,
  });
  const told = async (...devices: VideoDevice[]) => {
    state.devices = devices;
    events.length = 0;
    teller.changed();
    await teller.idle();
    return events.map((event) => event.event === 'device' && `${event.action} ${event.device.path}`);
  };
  assert.deepEqual(await told(first), []);
  assert.deepEqual(await told(first, second), ['added /dev/video2']);
  assert.deepEqual(await told({ ...first, links }, second), ['changed /dev/video0']);
  assert.deepEqual(await told(fakeDevice('/dev/video3')), [
    'removed /dev/video0',
    'removed /dev/video2',
    'added /dev/video3',
  ]);
  assert.equal((await teller.devices()).length, 1);
});

test('a look that fails is logged, and the next one counts again', async () => {
  const state: { error: Error | null } = { error: new Error('no') };
  const events: ApiEvent[] = [];
  const teller = new DeviceTeller({
    native: {
      listDevices: async () => {
        if (state.error) throw state.error;
        return [first];
      },
    },
    cameras: () => [],
    onEvent: (event) => events.push(event),
    log: silentLog,
  });
  await teller.idle();
  await assert.rejects(teller.devices(), /no/);
  state.error = null;
  teller.changed();
  await teller.idle();
  assert.equal(events.length, 1);
});
