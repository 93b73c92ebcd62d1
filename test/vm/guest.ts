/** What runs inside the machine: teecam on /dev/video0, watched over RTSP and in the ring. Reports one line of JSON. */
import type { CameraView } from '../../src/api/views.js';
import { RunningAppliance } from '../support/appliance.js';
import { PythonReader, type RingReport } from '../support/ring-readers.js';
import { ffprobe, type Probed } from '../support/rtsp-clients.js';

export interface GuestReport {
  camera: CameraView;
  probed: Probed;
  ring: RingReport;
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
process.stdout.write(`\n${JSON.stringify({ camera, probed, ring } satisfies GuestReport)}\n`);
