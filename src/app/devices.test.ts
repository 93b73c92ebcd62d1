import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceView } from '../api/routes/devices.js';
import type { VideoDevice } from '../native/port.js';
import { deviceViews } from './devices.js';

const device = (path: string, changes: Partial<VideoDevice> = {}): VideoDevice => ({
  path,
  name: 'C920',
  driver: 'uvcvideo',
  serial: null,
  links: [],
  ...changes,
});

async function sources(...devices: VideoDevice[]): Promise<string[]> {
  const views = await deviceViews({ listDevices: async () => devices });
  return deviceView
    .array()
    .parse(views)
    .map(({ source }) => source);
}

test('a device is named by what stays the same for longest', async () => {
  const links = ['/dev/v4l/by-path/pci-0', '/dev/v4l/by-id/usb-C920'];
  assert.deepEqual(await sources(device('/dev/video0', { serial: 'A1', links })), ['v4l2:serial=A1']);
  assert.deepEqual(await sources(device('/dev/video0', { links })), ['v4l2:/dev/v4l/by-id/usb-C920']);
  assert.deepEqual(await sources(device('/dev/video0')), ['v4l2:/dev/video0']);
});

test('a serial number that two cameras share tells none of them', async () => {
  const two = [device('/dev/video0', { serial: '1' }), device('/dev/video2', { serial: '1' })];
  assert.deepEqual(await sources(...two), ['v4l2:/dev/video0', 'v4l2:/dev/video2']);
});
