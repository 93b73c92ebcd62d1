/** A crowd of which a fifth is stuck or takes a byte a second: what the others lose, and what it costs. */
import type { SessionsView, SessionView } from '../../src/api/session-views.js';
import { RunningAppliance } from '../../test/support/appliance.js';
import { Crowd } from '../../test/support/crowd.js';
import { until } from '../../test/support/until.js';
import { type Figure, percentile, type Row, SpoiltError } from '../figure.js';
import { cpuPercentOf, measureUsage, type ProcessUsage } from '../process-usage.js';

const [mjpegViewers, rtspViewers, tsViewers] = [200, 50, 50];
const framerate = 15;
const blockedSeconds = 5;
const measuredSeconds = 5;

const size = { width: 640, height: 360, framerate };
const profile = {
  limits: { sessions: { stream: 300, camera: 400 }, blocked: `${blockedSeconds}s` },
  cameras: {
    front: {
      source: 'test',
      streams: { high: { codec: 'h264', ...size, bitrate: '2M' }, low: { codec: 'jpeg', ...size } },
    },
  },
};

export const crowdRow: Row = {
  name: 'crowd',
  title: `${mjpegViewers} MJPEG, ${rtspViewers} RTSP and ${tsViewers} MPEG-TS viewers at 640x360, 15 frames/s, a fifth of them stuck or trickling`,
  repeated: false,
  measure,
};

async function measure(): Promise<Figure[]> {
  await using appliance = await RunningAppliance.start(profile);
  await appliance.ready();
  const { mjpeg } = (await appliance.stream('front', 'low')).addresses;
  const { rtsp, ts } = (await appliance.stream('front', 'high')).addresses;
  if (!mjpeg || !rtsp || !ts) throw new Error('a stream has no address');
  const sessions = () => appliance.json<SessionsView>('/api/v1/sessions?ended=200');
  const alone = megabytes(await measureUsage(appliance.pid, 1));

  using crowd = new Crowd();
  await crowd.watch(mjpeg, mjpegViewers);
  await crowd.watch(ts, tsViewers);
  await crowd.play(rtsp, rtspViewers);
  const full = megabytes(await measureUsage(appliance.pid, 1));
  // While they all come at once, the appliance is busy with that.
  const before = new Map((await sessions()).sessions.map(({ id, dropped }) => [id, dropped]));
  const slow = crowd.members.length - crowd.those('healthy').length;
  const ended = await until(
    'the slow ones are ended',
    async () => {
      const past = (await sessions()).ended.sessions;
      return past.length >= slow && past;
    },
    { withinMs: 120_000, everyMs: 500 },
  );
  const wrong = ended.filter(({ reason }) => reason !== 'slow');
  if (wrong.length > 0) throw new Error(`ended for another reason: ${JSON.stringify(wrong[0])}`);
  const rest = await measureUsage(appliance.pid, measuredSeconds);
  const { sessions: healthy } = await sessions();
  if (healthy.length !== crowd.those('healthy').length) throw new Error(`${healthy.length} healthy viewers`);
  const published = (await appliance.stream('front', 'low')).measuredFramerate;
  if (published < framerate * 0.98) throw new SpoiltError(`${published} frames/s were published`);

  const lost = healthy.reduce((sum, { id, dropped }) => sum + dropped - (before.get(id) ?? 0), 0);
  const ages = healthy.flatMap(({ frameAgeMs }) => (frameAgeMs === null ? [] : [frameAgeMs]));
  const lives = ended.map(({ durationMs }) => durationMs / 1000);
  return [
    { what: 'frames that healthy viewers lost', unit: '', values: [lost], limit: { atMost: 0, goal: 0 } },
    { what: 'least rate of a healthy viewer', unit: 'frames/s', values: [leastRate(healthy)] },
    { what: 'age of frames at the network, p95', unit: 'ms', values: [percentile(ages, 0.95)] },
    { what: 'most bytes that waited for one', unit: 'kB', values: [mostWaiting(healthy)] },
    { what: 'a slow viewer until its end, p95', unit: 's', values: [percentile(lives, 0.95)] },
    { what: 'processor, the healthy ones', unit: '% of a core', values: [cpuPercentOf(rest)] },
    { what: 'memory of the appliance before', unit: 'MB', values: [alone] },
    { what: 'memory with all viewers', unit: 'MB', values: [full] },
    { what: 'memory with the healthy ones', unit: 'MB', values: [megabytes(rest)] },
  ];
}

function leastRate(sessions: readonly SessionView[]): number {
  return Math.min(...sessions.map(({ framerate: rate }) => rate));
}

function mostWaiting(sessions: readonly SessionView[]): number {
  return Math.max(...sessions.map(({ waitingBytes }) => waitingBytes)) / 1000;
}

/** Of the appliance without its workers. */
function megabytes([appliance]: readonly ProcessUsage[]): number {
  if (!appliance) throw new Error('no process was measured');
  return appliance.pssBytes / 1e6;
}
