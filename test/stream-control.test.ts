/** Streams are changed while clients as users have them watch: who is not concerned notices nothing. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { ChangeView } from '../src/api/views.js';
import { jpegSize } from '../src/output/jpeg-size.js';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PythonReader } from './support/ring-readers.js';
import { type Packet, PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const watchedSeconds = 20;
let appliance: RunningAppliance;

async function change(method: string, path: string, body?: unknown): Promise<string[]> {
  const response = await fetch(appliance.http(`/api/v1/cameras/front${path}`), {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const answer = (await response.json()) as ChangeView;
  assert.ok(response.ok, JSON.stringify(answer));
  return answer.actions.map(({ action }) => action);
}

async function rtsp(stream: string): Promise<string> {
  const { addresses } = await appliance.stream('front', stream);
  assert.ok(addresses.rtsp);
  return addresses.rtsp;
}

/** In units of the RTP clock of video, 90 kHz. */
const largestGap = (packets: readonly Packet[]) =>
  Math.max(...packets.slice(1).map(({ pts }, index) => pts - (packets[index]?.pts ?? pts)));

describe('changes while it is watched', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start({
        cameras: {
          front: {
            source: 'test',
            streams: {
              high: { codec: 'h264', width: 640, height: 360, framerate: 15 },
              low: { codec: 'jpeg', width: 320, height: 180, framerate: 15, quality: 95 },
              small: { codec: 'h264', width: 320, height: 180, framerate: 15, outputs: ['rtsp'] },
            },
          },
        },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('leaves the others alone, and keeps the viewers of what is changed', { timeout: 120_000 }, async () => {
    await using other = new PacketViewer(await rtsp('high'), 60);
    await using ring = new PythonReader(appliance, 'front', 'high', watchedSeconds);
    await using own = new PacketViewer(await rtsp('small'), 60);
    using mjpeg = await MjpegViewer.open(appliance.http('/front/low.mjpg'));
    const all = () => other.packets.length > 15 && own.packets.length > 15 && mjpeg.parts.length > 5;
    await until('everything is watched', () => all() && ring.hasFrames, { withinMs: 30_000 });
    const workers = await appliance.workers();

    const before = mjpeg.parts.at(-1)?.jpeg.length ?? 0;
    assert.deepEqual(await change('PATCH', '/streams/low', { quality: 20 }), ['set-property']);
    await until('its pictures are smaller', () => (mjpeg.parts.at(-1)?.jpeg.length ?? before) < before * 0.7);

    assert.deepEqual(await change('PATCH', '/streams/small', { bitrate: '200k' }), ['set-property']);
    const frames = own.packets.length;
    await until('its RTSP client gets more', () => own.packets.length > frames + 5);
    assert.deepEqual(await change('PATCH', '/streams/small', { width: 160, height: 90 }), ['rebuild-branch']);
    const rebuilt = own.packets.length;
    await until('its RTSP client gets the smaller ones', () => own.packets.length > rebuilt + 30, {
      withinMs: 30_000,
    });

    const extra = { name: 'extra', codec: 'h264', width: 320, height: 180, framerate: 5, outputs: ['rtsp'] };
    assert.deepEqual(await change('POST', '/streams', extra), ['add-branch']);
    await using viewer = new PacketViewer(await rtsp('extra'), 60);
    await until('the new one is watched', () => viewer.packets.length > 3, { withinMs: 30_000 });
    assert.deepEqual(await change('DELETE', '/streams/extra'), ['remove-branch']);
    await until('its client is ended', () => !viewer.running, { withinMs: 30_000 });

    const { missed, gaps, torn, frames: read } = await ring.report();
    assert.deepEqual({ missed, gaps, torn }, { missed: 0, gaps: 0, torn: 0 });
    assert.ok(read > watchedSeconds * 5, `${read} frames were read`);
    assert.deepEqual([other.running, own.running, mjpeg.ended], [true, true, false]);
    assert.ok(largestGap(other.packets) < 90_000, `a gap of ${largestGap(other.packets) / 90} ms`);
    assert.deepEqual(await appliance.workers(), workers);
    const { restarts } = await appliance.camera('front');
    assert.equal(restarts, 0);
  });

  it('takes readers over to a larger ring, whatever reads', { timeout: 120_000 }, async () => {
    await using h264 = new PacketViewer(await rtsp('small'), 60);
    await using jpeg = new PacketViewer(await rtsp('low'), 60);
    using mjpeg = await MjpegViewer.open(appliance.http('/front/low.mjpg'));
    await using ring = new PythonReader(appliance, 'front', 'low', watchedSeconds);
    await using coded = new PythonReader(appliance, 'front', 'small', watchedSeconds);
    const watched = () => h264.packets.length > 5 && jpeg.packets.length > 5 && mjpeg.parts.length > 5;
    await until('everything is watched', () => watched() && ring.hasFrames && coded.hasFrames, {
      withinMs: 30_000,
    });

    const inode = async (stream: string) =>
      (await stat(`/dev/shm/teecam.${appliance.instance}.front.${stream}`)).ino;
    const files = { small: await inode('small'), low: await inode('low') };
    // The encoder goes on; only its ring is another.
    assert.deepEqual(await change('PATCH', '/streams/small', { bitrate: '9M', gop: 90 }), [
      'set-property',
      'adjust-branch',
    ]);
    assert.deepEqual(await change('PATCH', '/streams/low', { width: 640, height: 360, quality: 98 }), [
      'rebuild-branch',
    ]);
    assert.notEqual(await inode('small'), files.small);
    assert.notEqual(await inode('low'), files.low);
    const seen = [h264.packets.length, jpeg.packets.length, mjpeg.parts.length] as const;
    const widths = () => mjpeg.parts.slice(-1).map((part) => jpegSize(part.jpeg)?.width);
    await until(
      'everything goes on',
      () =>
        h264.packets.length > seen[0] + 20 &&
        jpeg.packets.length > seen[1] + 20 &&
        mjpeg.parts.length > seen[2] + 20,
      { withinMs: 30_000 },
    );
    assert.deepEqual(widths(), [640]);
    assert.deepEqual([h264.running, jpeg.running, mjpeg.ended], [true, true, false]);
    for (const reader of [ring, coded]) {
      const { missed, gaps, torn } = await reader.report();
      assert.deepEqual({ missed, gaps, torn }, { missed: 0, gaps: 0, torn: 0 });
    }
  });
});
