/** The analysis of a running camera's streams, against what its profile asks for. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AnalysisView } from '../src/api/analysis-view.js';
import type { SessionsView } from '../src/api/session-views.js';
import { RunningAppliance } from './support/appliance.js';
import { HttpCamera } from './support/http-camera.js';
import { until } from './support/until.js';

const small = { width: 640, height: 360, framerate: 15 };
let appliance: RunningAppliance;
let camera: HttpCamera;

async function analysis(stream: string, seconds: number, camera = 'front'): Promise<AnalysisView> {
  const path = `/api/v1/cameras/${camera}/streams/${stream}/analysis?seconds=${seconds}`;
  const response = await fetch(appliance.http(path), { signal: AbortSignal.timeout(60_000) });
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as AnalysisView;
}

function within(value: number | null, least: number, most: number): void {
  assert.ok(value !== null && value >= least && value <= most, `${value} is not within ${least} and ${most}`);
}

describe('the analysis of a stream', () => {
  before(
    async () => {
      const streams = {
        high: { codec: 'h264', ...small, bitrate: '800k', gop: 12, linger: '200ms' },
        low: { codec: 'jpeg', ...small, linger: '200ms' },
        pixels: { codec: 'raw', ...small, linger: '200ms' },
      };
      camera = await HttpCamera.start();
      const net = { source: camera.address('/stream'), streams: { low: streams.low } };
      appliance = await RunningAppliance.start({ cameras: { front: { source: 'test', streams }, net } });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(async () => {
    await appliance?.[Symbol.asyncDispose]();
    await camera?.[Symbol.asyncDispose]();
  });

  it('has the bitrate, the key frames and the format that the profile asks for', {
    timeout: 90_000,
  }, async () => {
    // Exact, since the core counts the frames between key frames; but whoever joins or has missed frames gets one more.
    const undisturbed = async () => {
      const view = await analysis('high', 8);
      const { count, min, max } = view.window.keyFrameInterval.frames;
      return count >= 3 && min === 12 && max === 12 && view;
    };
    const { format, trouble, window, total, series } = await until('key frames every 12', undisturbed, {
      withinMs: 60_000,
    });
    assert.equal(trouble, null);
    assert.deepEqual(
      [format?.codec, format?.width, format?.height, format?.framerate, format?.profile],
      ['h264', 640, 360, 15, 'Constrained Baseline'],
    );
    assert.match(format?.codecs ?? '', /^avc1\.42[0-9A-F]{4}$/);
    assert.equal(window.frameBytes.b.count, 0);
    assert.equal(window.frameBytes.i.count, window.frameBytes.key.count);
    assert.equal(window.frameBytes.p.count, window.frameBytes.delta.count);
    assert.ok((window.frameBytes.i.mean ?? 0) > (window.frameBytes.p.mean ?? 0));
    // Bits for a frame: a machine that is late with frames has fewer of them, of the same size.
    within((8 * (total.frameBytes.all.mean ?? 0) * 15) / 1000, 400, 1200);
    within(window.framerate, 4, 17);
    within(window.latencyMs.min, 0, 5000);
    assert.equal(series.bitrateBps.length, 8);
    assert.equal(
      Math.round(series.framerate.reduce((sum, one) => sum + one, 0)),
      window.frameBytes.all.count,
    );
  });

  it('knows a picture when it sees one', { timeout: 90_000 }, async () => {
    const [jpeg, raw] = await Promise.all([analysis('low', 4), analysis('pixels', 4)]);
    assert.deepEqual([jpeg.format?.codec, jpeg.format?.headers], ['jpeg', null]);
    assert.deepEqual([jpeg.window.frameBytes.delta.count, jpeg.window.frameBytes.p.count], [0, 0]);
    assert.equal(raw.window.frameBytes.all.min, (640 * 360 * 3) / 2);
    assert.equal(raw.window.frameBytes.all.deviation, 0);
    for (const stream of ['low', 'pixels', 'high']) {
      const measured = async () => (await analysis(stream, 1)).signal?.brightness;
      // Coloured bars: neither black nor white.
      within(await until(`the brightness of ${stream}`, measured), 0.2, 0.8);
    }
  });

  it('tells how the network does that a camera is behind', { timeout: 90_000 }, async () => {
    const measured = async () => {
      const { signal } = await analysis('low', 2, 'net');
      const network = signal?.network;
      return network && network.bitrateBps > 0 && network;
    };
    const { lossRatio, roundTripNs } = await until('a bitrate', measured, { withinMs: 60_000 });
    within(lossRatio, 0, 0.5);
    within(roundTripNs, 1, 1e9);
    assert.equal((await analysis('low', 2)).signal?.network, null);
  });

  it('ends by itself, and nothing runs while nobody asks', { timeout: 90_000 }, async () => {
    await analysis('high', 1);
    const { readers } = await appliance.stream('front', 'high');
    assert.deepEqual([readers.inProcess, readers.ring], [1, 0]);
    const sessions = () => appliance.json<SessionsView>('/api/v1/sessions?kind=analysis');
    const ended = async () => (await sessions()).sessions.length === 0;
    await until('every analysis has ended', ended, { withinMs: 40_000 });
    const reasons = (await sessions()).ended.sessions.map(({ reason }) => reason);
    assert.deepEqual(new Set(reasons), new Set(['left']));
    const closed = async () => (await appliance.camera('front')).streams.every(({ open }) => !open);
    await until('every branch is closed', closed, { withinMs: 20_000 });
    const before = await appliance.camera('front');
    const later = async () => (await appliance.camera('front')).captured > before.captured + 45;
    await until('45 more frames were captured', later, { withinMs: 30_000 });
    const after = await appliance.camera('front');
    for (const [index, stream] of after.streams.entries()) {
      assert.equal(stream.published, before.streams[index]?.published, stream.name);
      assert.equal(stream.readers.inProcess, 0);
    }
  });
});
