/** What runs inside the machine: teecam on /dev/video0, watched over RTSP and in the ring. Reports one line of JSON. */
import assert from 'node:assert/strict';
import type { CameraView } from '../../src/api/views.js';
import { RunningAppliance } from '../support/appliance.js';
import { Child } from '../support/child.js';
import { MjpegViewer } from '../support/mjpeg-viewer.js';
import { PythonReader, type RingReport } from '../support/ring-readers.js';
import { ffprobe, type Probed } from '../support/rtsp-clients.js';
import { until } from '../support/until.js';

export interface GuestReport {
  camera: CameraView;
  probed: Probed;
  ring: RingReport;
  onDemand: {
    /** From the request for a picture to the picture, the device being closed before. */
    pictureMs: number;
    /** Exit codes of another program that captures: while the camera sleeps, and while it is watched. */
    otherAsleep: number | null;
    otherAwake: number | null;
  };
}

// Emulated, two cores make one picture of this size in some ten milliseconds.
const size = { width: 320, height: 180, framerate: 10 };

await using appliance = await RunningAppliance.start(
  {
    cameras: {
      front: {
        source: 'v4l2:/dev/video0',
        capture: size,
        streams: { high: { codec: 'h264', ...size }, analysis: { codec: 'raw', format: 'NV12', ...size } },
      },
    },
  },
  { withinMs: 120_000 },
);
await appliance.ready(60_000);
const camera = await appliance.camera('front');
const { addresses } = await appliance.stream('front', 'high');
const probed = await ffprobe(addresses.rtsp ?? '', 'tcp', 90_000);
await using reader = new PythonReader(appliance, 'front', 'analysis', 3);
const ring = await reader.report(60_000);
const onDemand = await sleepAndWake();
process.stdout.write(`\n${JSON.stringify({ camera, probed, ring, onDemand } satisfies GuestReport)}\n`);

async function sleepAndWake(): Promise<GuestReport['onDemand']> {
  const patched = await fetch(appliance.http('/api/v1/cameras/front'), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ capture: { onDemand: true, linger: '1s' } }),
  });
  assert.ok(patched.ok, await patched.text());
  const asleep = async () => {
    const view = await appliance.camera('front');
    return view.state === 'asleep' && view;
  };
  await until('it sleeps', asleep, { withinMs: 60_000 });
  const otherAsleep = await capture();
  const begin = performance.now();
  const picture = await fetch(appliance.http('/front/high.jpg'));
  assert.equal(picture.status, 200, await picture.text());
  const pictureMs = Math.round(performance.now() - begin);
  await until('it sleeps again', asleep, { withinMs: 60_000 });
  using viewer = await MjpegViewer.open(appliance.http('/front/high.mjpg'));
  await until('pictures', () => viewer.parts.length > 0, { withinMs: 60_000 });
  return { pictureMs, otherAsleep, otherAwake: await capture() };
}

/** Another program that wants three frames of the device. Not v4l2-ctl, which ends with 0 where it is refused. */
async function capture(): Promise<number | null> {
  const args = ['-q', 'v4l2src', 'device=/dev/video0', 'num-buffers=3', '!', 'fakesink'];
  await using child = new Child('gst-launch-1.0', args);
  const { code } = await child.end(60_000);
  return code;
}
