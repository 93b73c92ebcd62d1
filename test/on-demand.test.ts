/** A camera on demand: asleep while nobody looks, and every way of looking wakes it. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { CameraView } from '../src/api/views.js';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { alive } from './support/processes.js';
import { PythonReader } from './support/ring-readers.js';
import { ffprobe } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const small = { width: 320, height: 180, framerate: 15, linger: '200ms' };
let appliance: RunningAppliance;

function asleep(): Promise<CameraView> {
  const sleeping = async () => {
    const camera = await appliance.camera('front');
    return camera.state === 'asleep' && camera;
  };
  return until('the camera sleeps', sleeping, { withinMs: 30_000 });
}

/** Runs it with the camera asleep before; nobody sees a slate, and it sleeps again after. */
async function wakes(test: TestContext, look: () => Promise<unknown>): Promise<void> {
  const before = await asleep();
  const begin = performance.now();
  await look();
  test.diagnostic(`woken and seen within ${Math.round(performance.now() - begin)} ms`);
  const now = await asleep();
  assert.ok(now.captured > before.captured);
  assert.equal(now.slates, before.slates);
}

describe('a camera on demand', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start({
        cameras: {
          front: {
            source: 'test',
            capture: { onDemand: true, linger: '300ms' },
            streams: {
              high: { codec: 'h264', ...small },
              low: { codec: 'jpeg', ...small },
              analysis: { codec: 'raw', ...small },
            },
          },
        },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('is ready while it sleeps, and captures nothing', { timeout: 60_000 }, async () => {
    const { captured, slates, health } = await asleep();
    assert.equal(health, 'healthy');
    const counters = async () => {
      const metrics = await (await fetch(appliance.http('/metrics'))).text();
      return /teecam_camera_state\{camera="front",state="asleep"\} 1/.test(metrics);
    };
    assert.ok(await counters());
    assert.equal((await fetch(appliance.http('/readyz'))).status, 200);
    const again = await asleep();
    assert.deepEqual([again.captured, again.slates], [captured, slates]);
  });

  it('is woken by a picture, which shows the camera', { timeout: 60_000 }, async (test) => {
    await wakes(test, async () => {
      const picture = await fetch(appliance.http('/front/high.jpg'));
      assert.equal(picture.status, 200);
      assert.ok((await picture.arrayBuffer()).byteLength > 1000);
    });
  });

  it('is woken by MJPEG', { timeout: 60_000 }, async (test) => {
    await wakes(test, async () => {
      using viewer = await MjpegViewer.open(appliance.http('/front/low.mjpg'));
      await until('a picture', () => viewer.parts.length > 0, { withinMs: 20_000 });
    });
  });

  it('is woken by an RTSP client', { timeout: 90_000 }, async (test) => {
    const { addresses } = await appliance.stream('front', 'high');
    await wakes(test, async () => {
      const probed = await ffprobe(addresses.rtsp ?? '', 'tcp', 60_000);
      assert.equal(`${probed.width}x${probed.height}`, '320x180');
    });
  });

  it('is woken by a program that reads its ring', { timeout: 60_000 }, async (test) => {
    await wakes(test, async () => {
      await using reader = new PythonReader(appliance, 'front', 'analysis', 1);
      const { slates, torn } = await reader.report(30_000);
      assert.deepEqual([slates, torn], [0, 0]);
    });
  });

  it('sleeps on when its worker dies, and wakes from that too', { timeout: 90_000 }, async (test) => {
    const { captured, restarts } = await asleep();
    const [worker] = await appliance.workers();
    assert.ok(worker, 'there is a worker');
    process.kill(worker, 'SIGKILL');
    await until('the worker is gone', () => !alive(worker));
    await until('the next one is there', async () => (await appliance.camera('front')).restarts > restarts);
    assert.equal((await asleep()).captured, captured);
    await wakes(test, async () => {
      assert.equal((await fetch(appliance.http('/front/low.jpg'))).status, 200);
    });
  });
});
