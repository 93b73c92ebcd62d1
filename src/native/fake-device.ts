import type { VideoDevice } from './port.js';

/** For tests: a USB camera with one format. */
export function fakeDevice(path: string, changes: Partial<VideoDevice> = {}): VideoDevice {
  return {
    path,
    name: 'C920',
    driver: 'uvcvideo',
    bus: `usb-0000:00:14.0-${path.replace(/\D/g, '')}`,
    vendor: '046d',
    product: '082d',
    serial: null,
    links: [],
    formats: [{ media: 'video/x-raw', format: 'YUY2', width: 640, height: 480, framerates: [[30, 1]] }],
    controls: [],
    fault: null,
    ...changes,
  };
}
