/** Runs inside the machine: a webcam that is unplugged and comes back, under load. Reports one line of JSON. */
import { open } from 'node:fs/promises';
import { RunningAppliance } from '../support/appliance.js';
import { lostNodes } from './nodes.js';
import { becomes, endure, type Fault, type Trial } from './trials.js';
import { UsbCamera } from './usb-camera.js';
import { Viewers } from './viewers.js';

export interface UsbReport {
  trials: Trial[];
  missed: number;
  stayed: boolean;
  /** Before and after it was unplugged while somebody had its node open. */
  nodes: string[];
  /** Descriptors of its worker for nodes that are gone. */
  kept: string[];
  /** Of its worker. */
  restarts: number;
}

const size = { width: 320, height: 180, framerate: 10 };
const serial = 'TEECAM-1';
await using webcam = await UsbCamera.make({ port: 0, serial, pattern: 'ball', format: 'mjpeg', ...size });
await UsbCamera.keepDamaged();

await using appliance = await RunningAppliance.start(
  {
    cameras: {
      front: {
        source: `v4l2:serial=${serial}`,
        capture: size,
        // The ring's reader is emulated too, and late at times.
        buffers: { ring: 64 },
        streams: {
          high: { codec: 'h264', ...size },
          low: { codec: 'jpeg', ...size },
          analysis: { codec: 'raw', format: 'NV12', ...size },
        },
      },
    },
  },
  { withinMs: 120_000 },
);
await becomes(appliance, 'front', 'slate', 'no-device');
webcam.plug();
await becomes(appliance, 'front', 'live');
await using viewers = await Viewers.open(appliance, 'front');

const unplugged: Fault = {
  what: 'unplugged',
  reason: 'gone',
  begin: () => webcam.unplug(),
  end: async () => webcam.plug(),
};
const trials = await endure(appliance, 'front', viewers, [unplugged, unplugged]);

// Somebody still has the old node open, so that the kernel gives another one.
const nodes = [await node()];
const held = await open(nodes[0] ?? '', 'r');
trials.push(...(await endure(appliance, 'front', viewers, [{ ...unplugged, what: 'under another name' }])));
nodes.push(await node());
await held.close();

trials.push(
  ...(await endure(appliance, 'front', viewers, [
    {
      what: 'a driver that hangs in the kernel',
      reason: 'wedged',
      begin: () => webcam.mode('deaf'),
      end: () => webcam.mode('play'),
    },
    {
      what: 'a camera that answers, but gives nothing',
      reason: 'stalled',
      begin: () => webcam.mode('hold'),
      end: () => webcam.mode('play'),
    },
    {
      what: 'frames that are cut off',
      reason: 'corrupt',
      begin: () => webcam.mode('cut'),
      end: () => webcam.mode('play'),
    },
    {
      what: 'frames that the driver flags as damaged',
      reason: 'corrupt',
      begin: () => webcam.mode('error'),
      end: () => webcam.mode('play'),
    },
  ])),
);
const { missed, stayed } = viewers;
const kept = await lostNodes(appliance);
const { restarts } = await appliance.camera('front');
const report: UsbReport = { trials, missed, stayed, nodes, kept, restarts };
process.stdout.write(`\n${JSON.stringify(report)}\n`);

/** That the source has open. */
async function node(): Promise<string> {
  const plan = JSON.stringify(await appliance.json('/api/v1/cameras/front/graph.json'));
  return /\/dev\/video\d+/.exec(plan)?.[0] ?? '';
}
