/** Runs inside the machine: twins that only their ports tell apart, and a webcam with H.264. Reports one line of JSON. */
import sharp from 'sharp';
import type { DeviceView } from '../../src/api/routes/devices.js';
import type { CameraView } from '../../src/api/views.js';
import { Ring } from '../../src/index.js';
import { RunningAppliance, runTeecam } from '../support/appliance.js';
import { until } from '../support/until.js';
import { lostNodes } from './nodes.js';
import { becomes } from './trials.js';
import { UsbCamera } from './usb-camera.js';

interface Twin {
  /** What its pictures show. */
  colour: 'red' | 'blue';
  path: string;
}

export interface WebcamsReport {
  /** Before they were unplugged, and when they were back in the other order. */
  twins: { left: Twin; right: Twin }[];
  /** While the other one was away. */
  alone: CameraView;
  listed: DeviceView[];
  /** What `teecam devices` prints. */
  printed: Omit<DeviceView, 'cameras'>[];
  /** Of the camera with H.264: whether the first frame after the slate was a key frame. */
  starts: boolean[];
}

const size = { width: 320, height: 180, framerate: 5 };
const serial = 'TEECAM-H264';
const twin = { serial: '', format: 'mjpeg', ...size } as const;
await using left = await UsbCamera.make({ port: 0, pattern: 'red', ...twin });
await using right = await UsbCamera.make({ port: 1, pattern: 'blue', ...twin });
await using late = await UsbCamera.make({
  port: 2,
  serial,
  pattern: 'ball',
  format: 'h264',
  first: 12,
  ...size,
});

const atPort = (port: number) => ({
  source: `v4l2:bus=usb-vhci_hcd.0-${port}`,
  capture: size,
  streams: { low: { codec: 'jpeg', ...size } },
});
late.plug();
await using appliance = await RunningAppliance.start(
  {
    cameras: {
      left: atPort(1),
      right: atPort(2),
      late: { source: `v4l2:serial=${serial}`, capture: size, streams: { own: { codec: 'copy', ...size } } },
    },
  },
  { withinMs: 120_000 },
);
await plugInTurn([left, 'left'], [right, 'right']);
const twins = [await seen()];
const listed = (await devices()).filter(({ cameras }) => cameras.length > 0);
const printed = await printedDevices();

await becomes(appliance, 'late', 'live');
const ring = Ring.open('late', 'own', { instance: appliance.instance });
const starts: boolean[] = [];
const watching = watch();
await late.unplug();
await left.unplug();
await becomes(appliance, 'late', 'slate', 'gone');
await becomes(appliance, 'left', 'slate', 'gone');
const alone = await appliance.camera('right');
late.plug();
await right.unplug();
await becomes(appliance, 'right', 'slate', 'gone');
await becomes(appliance, 'late', 'live');
await until('no node is kept', async () => (await lostNodes(appliance)).length === 0, { withinMs: 60_000 });
await plugInTurn([right, 'right'], [left, 'left']);
twins.push(await seen());

await until('the camera with H.264 is back', () => starts.length > 0, { withinMs: 60_000 });
ring.close();
await watching;
const report: WebcamsReport = { twins, alone, listed, printed, starts };
process.stdout.write(`\n${JSON.stringify(report)}\n`);

/** The kernel gives them nodes in this order. */
async function plugInTurn(...webcams: [UsbCamera, string][]): Promise<void> {
  for (const [webcam, camera] of webcams) {
    webcam.plug();
    await becomes(appliance, camera, 'live');
  }
}

async function devices(): Promise<DeviceView[]> {
  return appliance.json('/api/v1/devices');
}

async function printedDevices(): Promise<WebcamsReport['printed']> {
  await using child = runTeecam(['devices', '--json']);
  await child.end(60_000);
  return (JSON.parse(child.stdout) as { devices: WebcamsReport['printed'] }).devices;
}

async function seen(): Promise<{ left: Twin; right: Twin }> {
  const all = await devices();
  const one = async (camera: string): Promise<Twin> => {
    const picture = await fetch(appliance.http(`/${camera}/low.jpg`));
    const { dominant } = await sharp(Buffer.from(await picture.arrayBuffer())).stats();
    const path = all.find(({ cameras }) => cameras.includes(camera))?.path ?? '';
    return { colour: dominant.r > dominant.b ? 'red' : 'blue', path };
  };
  return { left: await one('left'), right: await one('right') };
}

async function watch(): Promise<void> {
  let slate = false;
  for await (using frame of ring) {
    if (slate && !frame.info.slate) starts.push(frame.info.key);
    slate = frame.info.slate;
  }
}
