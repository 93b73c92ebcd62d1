/** What the appliance survives, and what it leaves behind. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { footage } from './support/footage.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { alive } from './support/processes.js';
import { PythonReader } from './support/ring-readers.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { ringFiles } from './support/shm.js';
import { until } from './support/until.js';

const small = { width: 640, height: 360, framerate: 12 };

async function start(instance?: string): Promise<RunningAppliance> {
  const profile = {
    cameras: {
      front: {
        source: `file:${await footage()}`,
        capture: { width: 640, height: 360 },
        streams: {
          high: { codec: 'h264', ...small },
          low: { codec: 'jpeg', ...small },
          analysis: { codec: 'raw', ...small },
        },
      },
    },
  };
  const appliance = await RunningAppliance.start(profile, instance === undefined ? {} : { instance });
  await appliance.ready();
  return appliance;
}

describe('a worker that is killed', () => {
  it('costs its viewers a pause, not their connection', { timeout: 120_000 }, async () => {
    await using appliance = await start();
    const { addresses: high } = await appliance.stream('front', 'high');
    const { addresses: low } = await appliance.stream('front', 'low');
    assert.ok(high.rtsp && low.mjpeg);
    await using player = new PacketViewer(high.rtsp, 25);
    using browser = await MjpegViewer.open(low.mjpeg);
    await using vision = new PythonReader(appliance, 'front', 'analysis', 15);
    await until(
      'all three have pictures',
      () => player.packets.length > 12 && browser.parts.length > 12 && vision.hasFrames,
      {
        withinMs: 20_000,
      },
    );

    const [worker] = await appliance.workers();
    assert.ok(worker, 'there is a worker');
    process.kill(worker, 'SIGKILL');
    await until('the worker is gone', () => !alive(worker));
    const killed = performance.now();
    const [packets, parts] = [player.packets.length, browser.parts.length];
    await until(
      'pictures go on',
      () => player.packets.length > packets + 3 && browser.parts.length > parts + 3,
      {
        withinMs: 3000,
      },
    );
    assert.ok(performance.now() - killed < 3000);
    const live = async () => (await appliance.camera('front')).state === 'live';
    await until('the camera is live again', live, { withinMs: 10_000 });
    assert.ok(player.running && !browser.ended, 'nobody was disconnected');
    const seen = await vision.report();
    assert.equal(seen.missed, 0);
    assert.equal((await appliance.camera('front')).restarts, 1);
    assert.deepEqual((await appliance.workers()).length, 1);
    await player.end(40_000);
  });
});

describe('the end', () => {
  it('is clean at SIGTERM, with every kind of viewer on', { timeout: 90_000 }, async () => {
    await using appliance = await start();
    const { addresses: high } = await appliance.stream('front', 'high');
    const { addresses: low } = await appliance.stream('front', 'low');
    assert.ok(high.rtsp && low.mjpeg);
    await using player = new PacketViewer(high.rtsp, 60);
    using browser = await MjpegViewer.open(low.mjpeg);
    await using vision = new PythonReader(appliance, 'front', 'analysis', 60);
    await until(
      'all three have pictures',
      () => player.packets.length > 3 && browser.parts.length > 3 && vision.hasFrames,
      {
        withinMs: 20_000,
      },
    );
    const workers = await appliance.workers();
    assert.equal((await ringFiles(appliance.instance)).length, 3);
    const began = performance.now();
    assert.deepEqual(await appliance.stop(), { code: 0, signal: null });
    assert.ok(performance.now() - began < 5000, `${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(await ringFiles(appliance.instance), []);
    assert.deepEqual(workers.filter(alive), []);
  });

  it('takes the workers along even when the appliance is killed', { timeout: 60_000 }, async () => {
    await using appliance = await start();
    const workers = await appliance.workers();
    assert.equal(workers.length, 1);
    appliance.signal('SIGKILL');
    await appliance.end(5000);
    await until('the workers have ended', () => workers.filter(alive).length === 0);
    // The next run with this instance takes over what was left, the same files.
    const path = `/dev/shm/teecam.${appliance.instance}.front.analysis`;
    const { ino } = await stat(path);
    await using next = await start(appliance.instance);
    assert.equal((await stat(path)).ino, ino);
    await using vision = new PythonReader(next, 'front', 'analysis', 2);
    assert.equal((await vision.report()).gaps, 0);
    await next.stop();
    assert.deepEqual(await ringFiles(appliance.instance), []);
  });
});
