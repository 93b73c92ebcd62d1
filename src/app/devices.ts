import type { DeviceView } from '../api/routes/devices.js';
import type { NativePort, VideoDevice } from '../native/port.js';

/** The cameras of this machine as the API shows them. */
export async function deviceViews(native: Pick<NativePort, 'listDevices'>): Promise<DeviceView[]> {
  const devices = await native.listDevices();
  return devices.map((device) => ({
    name: device.name,
    path: device.path,
    serial: device.serial,
    source: lastingSource(device, devices),
  }));
}

/** A serial number follows the camera to another port, unless two cameras share it; a name by-id is next best. */
function lastingSource({ path, serial, links }: VideoDevice, all: readonly VideoDevice[]): string {
  if (serial !== null && all.filter((one) => one.serial === serial).length === 1)
    return `v4l2:serial=${serial}`;
  const byId = links.find((link) => link.includes('/by-id/'));
  return `v4l2:${byId ?? links[0] ?? path}`;
}
