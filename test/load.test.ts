/**
 * A stream that no machine can encode: a thousand pictures a second of some
 * milliseconds each. They cost nothing to make, it is the same one again and
 * again. The load ends with another source, which gives five.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChangeView, ProfileView } from '../src/api/views.js';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { ServerEvents } from './support/server-events.js';
import { until } from './support/until.js';

let appliance: RunningAppliance;

async function patch(path: string, body: unknown): Promise<string[]> {
  const response = await fetch(appliance.http(`/api/v1/cameras/front${path}`), {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  const answer = (await response.json()) as ChangeView;
  assert.ok(response.ok, JSON.stringify(answer));
  return answer.actions.map(({ action }) => action);
}

/** So narrow that the ladder has one step. */
const size = { width: 1200, height: 4000 };
const frozen =
  'gst:videotestsrc pattern=snow num-buffers=1' +
  ` ! video/x-raw,format=I420,width=${size.width},height=${size.height},framerate=1/1` +
  ' ! imagefreeze is-live=true ! video/x-raw,framerate=1000/1';
const high = { codec: 'h264', ...size, framerate: 1000, bitrate: '4M', gop: 200 };

describe('a machine that cannot keep up', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start({
        allowGst: true,
        cameras: {
          front: {
            source: frozen,
            capture: { ...size, framerate: 1000 },
            ladder: ['size'],
            streams: {
              high: { ...high, outputs: ['rtsp'] },
              low: { codec: 'jpeg', width: 320, height: 180, framerate: 5 },
            },
          },
        },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('lowers a stream under its viewers, and raises it when the load has ended', {
    timeout: 180_000,
  }, async () => {
    using events = await ServerEvents.open(appliance.http('/api/v1/events'));
    using mjpeg = await MjpegViewer.open(appliance.http('/front/low.mjpg'));
    const { addresses } = await appliance.stream('front', 'high');
    await using rtsp = new PacketViewer(addresses.rtsp ?? '', 170);
    const bothGoOn = async (what: string) => {
      const [packets, parts] = [rtsp.packets.length, mjpeg.parts.length];
      const more = () => rtsp.packets.length > packets + 10 && mjpeg.parts.length > parts + 2;
      await until(what, more, { withinMs: 60_000 });
    };
    await bothGoOn('both are watched');
    const workers = await appliance.workers();

    const [down] = await until('a step down', () => events.of('load').length > 0 && events.of('load'), {
      withinMs: 60_000,
    });
    assert.ok(down);
    const { from, to, measured } = down;
    assert.deepEqual([down.stream, down.direction, down.step], ['high', 'down', 'size']);
    assert.deepEqual([from.width, from.height, to.width, to.height], [1200, 4000, 600, 2000]);
    assert.ok(measured.lost >= 0.1 && measured.seconds >= 3, JSON.stringify(measured));
    const lowered = await appliance.stream('front', 'high');
    assert.deepEqual([lowered.width, lowered.load?.steps, lowered.load?.full.width], [600, ['size'], 1200]);
    assert.equal(lowered.load?.reason, down.reason);
    const kept = (await (await fetch(appliance.http('/api/v1/profile'))).json()) as ProfileView;
    assert.deepEqual(kept.changes, {});
    const metrics = await (await fetch(appliance.http('/metrics'))).text();
    assert.match(metrics, /teecam_stream_load_steps\{camera="front",stream="high"\} 1/);
    await bothGoOn('both go on');

    assert.deepEqual(await patch('/streams/low', { quality: 50 }), ['set-property']);
    assert.equal((await appliance.stream('front', 'high')).width, 600);

    await patch('', { source: 'test:black', capture: { framerate: 5 } });
    const up = await until('a step up', () => events.of('load').find(({ direction }) => direction === 'up'), {
      withinMs: 90_000,
    });
    assert.deepEqual([up.stream, up.from, up.to, up.measured.worst], ['high', to, from, null]);
    const raised = await appliance.stream('front', 'high');
    assert.deepEqual([raised.width, raised.load], [1200, null]);
    await bothGoOn('both go on at full size');
    assert.deepEqual([rtsp.running, mjpeg.ended], [true, false]);
    assert.deepEqual(await appliance.workers(), workers);
  });
});
