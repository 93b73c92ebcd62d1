/** From capture to the decoded picture at a viewer, one viewer at a time: RTSP, MJPEG and the ring. */
import { join } from 'node:path';
import sharp from 'sharp';
import { RunningAppliance } from '../../test/support/appliance.js';
import { Child } from '../../test/support/child.js';
import { MjpegViewer } from '../../test/support/mjpeg-viewer.js';
import { repository } from '../../test/support/repository.js';
import { PythonReader } from '../../test/support/ring-readers.js';
import { until } from '../../test/support/until.js';
import { type Figure, percentile, type Row } from '../figure.js';

const sizes = { small: [640, 480], large: [1920, 1080] } as const;
const framerate = 30;
/** Of each carrier and size. */
const framesMeasured = 120;
/** The first ones wait for key frames and caches. */
const framesSkipped = 15;

export const latencyRow: Row = {
  name: 'latency',
  title: 'latency from capture to the decoded picture, test picture at 30 frames/s, one viewer at a time',
  repeated: false,
  measure,
};

async function measure(): Promise<Figure[]> {
  const cameras = Object.fromEntries(
    Object.entries(sizes).map(([name, [width, height]]) => {
      const size = { width, height, framerate };
      const streams = {
        h264: { codec: 'h264', ...size },
        jpeg: { codec: 'jpeg', ...size },
        raw: { codec: 'raw', format: 'NV12', ...size },
      };
      return [name, { source: 'test', capture: size, streams }];
    }),
  );
  await using appliance = await RunningAppliance.start({ cameras });
  await appliance.ready();
  const figures: Figure[] = [];
  for (const [camera, [width, height]] of Object.entries(sizes)) {
    const streams = (await appliance.camera(camera)).streams;
    const address = (name: string, kind: 'rtsp' | 'mjpeg') => {
      const found = streams.find((stream) => stream.name === name)?.addresses[kind];
      if (!found) throw new Error(`${camera}/${name} has no address for ${kind}`);
      return found;
    };
    const mjpeg = await mjpegAges(address('jpeg', 'mjpeg'));
    const carriers: [string, number[]][] = [
      ['RTSP (TCP), H.264', await rtspAges(address('h264', 'rtsp'))],
      ['MJPEG, arrived', mjpeg.arrived],
      ['MJPEG', mjpeg.decoded],
      ['ring, NV12, Python', await ringAges(appliance, camera)],
    ];
    for (const [carrier, ages] of carriers)
      for (const [word, part] of [
        ['p50', 0.5],
        ['p95', 0.95],
      ] as const)
        figures.push({
          what: `${width}x${height}, ${carrier}, ${word}`,
          unit: 'ms',
          values: [percentile(ages, part)],
        });
  }
  return figures;
}

/** GStreamer as the client; the time of capture is in the sender reports. */
async function rtspAges(url: string): Promise<number[]> {
  await using viewer = new Child(join(repository, 'build', 'Release', 'teecam-rtsp-viewer'), [url, 'tcp']);
  const ages = () =>
    [...viewer.stdout.matchAll(/^\d+ \d+ (-?\d+)$/gm)].map(([, nanoseconds]) => Number(nanoseconds) / 1e6);
  return await settled('frames over RTSP', ages);
}

/** Apart, since the decoder takes longer than everything before it. */
async function mjpegAges(url: string): Promise<{ arrived: number[]; decoded: number[] }> {
  using viewer = await MjpegViewer.open(url);
  const parts = await settled('frames as MJPEG', () => viewer.parts);
  const arrived = parts.map(
    ({ arrivedMs, timestamp }) => performance.timeOrigin + arrivedMs - timestamp * 1000,
  );
  const decoded: number[] = [];
  for (const [i, { jpeg }] of parts.entries()) {
    const began = performance.now();
    await sharp(jpeg).raw().toBuffer();
    decoded.push((arrived[i] ?? Number.NaN) + performance.now() - began);
  }
  return { arrived, decoded };
}

async function ringAges(appliance: RunningAppliance, camera: string): Promise<number[]> {
  const seconds = (framesSkipped + framesMeasured) / framerate;
  await using reader = new PythonReader(appliance, camera, 'raw', seconds);
  const { agesMs } = await reader.report();
  return await settled('frames of the ring', () => agesMs);
}

/** Those behind the first ones, when there are enough. */
async function settled<T>(what: string, seen: () => readonly T[]): Promise<T[]> {
  const enough = framesSkipped + framesMeasured;
  const all = await until(
    `${enough} ${what}`,
    async () => {
      const found = seen();
      return found.length >= enough && [...found];
    },
    { withinMs: 30_000 },
  );
  return all.slice(framesSkipped);
}
