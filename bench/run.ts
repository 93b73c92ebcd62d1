/**
 * What Teecam costs beside the pipeline that one would write by hand, on the
 * same machine, in one run, from the same test picture at 1920x1080, 60 frames
 * a second, with the default profile's four streams. `npm run bench` after a
 * build. Only the ratios mean anything; the figures are this machine's.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { parse } from 'yaml';
import { type ProfileText, RunningAppliance } from '../test/support/appliance.js';
import { repository } from '../test/support/repository.js';
import { until } from '../test/support/until.js';
import { cpuPercent } from './cpu-time.js';
import { bareSource, PlainPipeline } from './plain-pipeline.js';
import { watchEverything } from './viewers.js';

const measureSeconds = 12;
/** Until encoders, caches and the clock speed have settled. */
const settleMs = 3000;

async function measure(pid: number): Promise<number> {
  await elapse(settleMs);
  return cpuPercent(pid, measureSeconds);
}

async function measureSource(): Promise<number> {
  await using source = bareSource();
  return measure(source.pid);
}

async function measurePlain(): Promise<number> {
  const socket = join(tmpdir(), `teecam-bench-${randomBytes(4).toString('hex')}`);
  try {
    await using pipeline = await PlainPipeline.start(socket, { rtp: 27004, medium: 27001, low: 27002 });
    return await measure(pipeline.pid);
  } finally {
    await rm(socket, { force: true });
  }
}

async function measureTeecam() {
  const text = await readFile(join(repository, 'pipelines', 'default.yaml'), 'utf8');
  const profile = parse(text) as ProfileText & { cameras: { front: { streams: Record<string, object> } } };
  const { front } = profile.cameras;
  const streams = Object.entries(front.streams).map(([name, stream]) => [
    name,
    { ...stream, port: undefined },
  ]);
  const { http: _http, rtsp: _rtsp, ...rest } = profile;
  await using appliance = await RunningAppliance.start({
    ...rest,
    cameras: { front: { ...front, source: 'test', streams: Object.fromEntries(streams) } },
  });
  await appliance.ready();
  const idle = await measure(appliance.pid);
  await using viewers = await watchEverything(appliance, measureSeconds + settleMs / 1000 + 2);
  await until(
    'every branch is open',
    async () => (await appliance.camera('front')).streams.every((stream) => stream.open),
    { withinMs: 20_000 },
  );
  const watched = await measure(appliance.pid);
  return { idle, watched, ring: await viewers.ring(), mjpegAgesMs: viewers.mjpegAgesMs };
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
}

const source = await measureSource();
const plain = await measurePlain();
const { idle, watched, ring, mjpegAgesMs } = await measureTeecam();

const row = (what: string, percent: number, ratio: number) =>
  console.log(`${what.padEnd(44)} ${percent.toFixed(1).padStart(6)} %  ${ratio.toFixed(2).padStart(6)}`);
console.log(
  `${cpus().length} cores, ${cpus()[0]?.model ?? ''}; percent of one core, and ratio to the plain pipeline\n`,
);
row('the test picture alone', source, source / plain);
row('plain gst-launch pipeline, four streams', plain, 1);
row('Teecam, the same four streams all watched', watched, watched / plain);
row('Teecam, nobody watching', idle, idle / plain);
console.log('\nthe same less the test picture, which a real camera does not cost');
row('plain gst-launch pipeline, four streams', plain - source, 1);
row('Teecam, all watched', watched - source, (watched - source) / (plain - source));
row('Teecam, nobody watching', idle - source, (idle - source) / (plain - source));
console.log('\nage of a frame at its reader, from capture, milliseconds (p50, p95 or worst):');
console.log(`ring, NV12 1920x1080, Python: ${ring.ageP50Ms.toFixed(1)}, worst ${ring.ageMaxMs.toFixed(1)}`);
console.log(
  `MJPEG over HTTP: ${percentile(mjpegAgesMs, 0.5).toFixed(1)}, ${percentile(mjpegAgesMs, 0.95).toFixed(1)}`,
);
