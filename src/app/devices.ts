import type { DeviceView } from '../api/routes/devices.js';
import type { VideoDevice } from '../native/port.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';
import { viewOfControl } from './control-view.js';

/** The device that a source means now; undefined: it is not connected, or the source is no device. */
export function findDevice(source: Source, devices: readonly VideoDevice[]): VideoDevice | undefined {
  if (source.kind === 'auto') return firstCamera(devices);
  if (source.kind !== 'v4l2') return undefined;
  const { device, serial, bus } = source;
  if (device !== null) return devices.find(({ path, links }) => path === device || links.includes(device));
  // One camera may have several nodes; not each of them gives pictures.
  return firstCamera(devices.filter((one) => (serial === null ? one.bus === bus : one.serial === serial)));
}

/** One that can be used, if there is one. */
function firstCamera(devices: readonly VideoDevice[]): VideoDevice | undefined {
  const usable = devices.filter(({ fault }) => fault === null);
  return usable.find(({ formats }) => formats.length > 0) ?? usable[0] ?? devices[0];
}

/** `cameras`: the names and profiles of those that may use one. */
export function deviceViews(
  devices: readonly VideoDevice[],
  cameras: readonly { name: string; profile: Pick<CameraProfile, 'source'> }[],
): DeviceView[] {
  const users = cameras.map(({ name, profile }) => {
    return { name, devices: profile.source.map((source) => findDevice(source, devices)) };
  });
  return devices.map((device) => ({
    name: device.name,
    path: device.path,
    driver: device.driver,
    bus: device.bus,
    vendor: device.vendor,
    product: device.product,
    serial: device.serial,
    links: device.links,
    source: lastingSource(device, devices),
    formats: device.formats.map(({ framerates, ...format }) => ({
      ...format,
      framerates: framerates.map(([num, den]) => Math.round((num / den) * 100) / 100),
    })),
    controls: device.controls.map(viewOfControl),
    cameras: users.filter((user) => user.devices.includes(device)).map(({ name }) => name),
    reason: device.fault?.reason ?? null,
    detail: device.fault?.detail ?? '',
  }));
}

/**
 * What a profile should call it. A serial number follows the camera to another
 * port. Two cameras of one make without different ones have the same name
 * by-id, which udev gives to one of them: the port tells them apart.
 */
export function lastingSource(device: VideoDevice, all: readonly VideoDevice[]): string {
  const { serial, bus, links } = device;
  const isAlone = (same: (one: VideoDevice) => boolean) => all.filter(same).length === 1;
  if (serial !== null && isAlone((one) => one.serial === serial)) return `v4l2:serial=${serial}`;
  const twins = all.filter((one) => one.bus !== bus && sameMake(one, device));
  const byId = links.find((link) => link.includes('/by-id/'));
  if (byId !== undefined && twins.length === 0) return `v4l2:${byId}`;
  const byPath = links.find((link) => link.includes('/by-path/'));
  if (byPath !== undefined) return `v4l2:${byPath}`;
  return bus !== '' && isAlone((one) => one.bus === bus) ? `v4l2:bus=${bus}` : `v4l2:${device.path}`;
}

function sameMake(a: VideoDevice, b: VideoDevice): boolean {
  return a.vendor === b.vendor && a.product === b.product && a.serial === b.serial && a.name === b.name;
}
