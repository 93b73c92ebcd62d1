import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wayTo } from '../../test/support/plans.js';
import { loadShipped } from '../../test/support/profiles.js';
import { profileFromValue } from '../profile/load.js';
import type { CameraProfile } from '../profile/profile.js';
import { fileSize } from '../ring/layout.js';
import { fullCapabilities } from './capabilities.js';
import { rawDelivery, resolveCopies } from './delivery.js';
import { branchesFor } from './jpeg-branches.js';
import { ringGeometry } from './ring-geometry.js';
import { planStage } from './stage.js';
import { plannedBranches } from './testing.js';

const picture = { width: 640, height: 360, framerate: 10 };

function camera(streams: Record<string, unknown>): CameraProfile {
  const { profile } = profileFromValue({ cameras: { cam: { source: 'test', streams } } }, '/');
  const { cam } = profile.cameras;
  assert.ok(cam);
  return cam;
}

/** By stream: where its MJPEG and pictures come from. */
function branches(streams: Record<string, unknown>) {
  return branchesFor(resolveCopies(camera(streams).streams, rawDelivery)).jpegOf;
}

/** The branches that are no streams of the profile. */
function companions(streams: Record<string, unknown>) {
  return Object.entries(plannedBranches(camera(streams).streams)).filter(([name]) => name.includes('+'));
}

test('every stream has a JPEG branch of its own size and rate, made once', () => {
  const streams = {
    high: { codec: 'h264', ...picture, linger: 1 },
    analysis: { codec: 'raw', ...picture, linger: 20 },
    slow: { codec: 'raw', ...picture, framerate: 5 },
    small: { codec: 'h264', ...picture, width: 320 },
  };
  assert.deepEqual(branches(streams), {
    high: 'high+jpeg',
    analysis: 'high+jpeg',
    slow: 'slow+jpeg',
    small: 'small+jpeg',
  });
  assert.deepEqual(
    companions(streams).map(([name, { width, framerate, lingerMs, always }]) => [
      name,
      width,
      framerate[0],
      lingerMs,
      always,
    ]),
    [
      ['high+jpeg', 640, 10, 20_000, false],
      ['slow+jpeg', 640, 5, 5000, false],
      ['small+jpeg', 320, 10, 5000, false],
    ],
  );
});

test('a JPEG stream that is alike serves the others too', () => {
  const high = { codec: 'h264', ...picture };
  const low = { codec: 'jpeg', ...picture };
  assert.deepEqual(branches({ high, low }), { high: 'low', low: 'low' });
  assert.deepEqual(branches({ high, low: { ...low, framerate: 5 } }), { high: 'high+jpeg', low: 'low' });
});

test('nothing is planned for what the profile does not offer', () => {
  const high = { codec: 'h264', ...picture };
  assert.deepEqual(branches({ high: { ...high, outputs: ['rtsp', 'shm'] } }), { high: null });
  assert.deepEqual(branches({ high: { ...high, outputs: ['rtsp', 'picture'] } }), { high: 'high+jpeg' });
  assert.deepEqual(branches({ low: { ...picture, codec: 'jpeg', outputs: ['shm'] } }), { low: null });
  assert.deepEqual(companions({ low: { ...picture, codec: 'jpeg' } }), []);
});

test('the branch shares the picture with its stream, and neither opens the other', () => {
  const streams = {
    large: { codec: 'raw', ...picture, width: 1280, height: 720 },
    high: { codec: 'h264', ...picture, always: true },
  };
  const request = { camera: 'cam', capabilities: fullCapabilities, instance: null, ringFolder: '/dev/shm' };
  const { graph, branches: planned } = planStage({
    ...request,
    delivery: rawDelivery,
    profile: camera(streams),
  });
  const [high, jpeg] = ['high', 'high+jpeg'].map((name) => planned.find(({ stream }) => stream === name));
  assert.ok(high && jpeg);
  assert.equal(jpeg.ring, '/dev/shm/teecam.cam.high+jpeg');
  assert.deepEqual([high.always, jpeg.always], [true, false]);
  const idsTo = (sink: string) => wayTo(graph, sink).map(({ id }) => id);
  assert.ok(idsTo(high.sink).includes('640x360@10.size') && idsTo(jpeg.sink).includes('640x360@10.size'));
  assert.deepEqual(high.valves, ['640x360@10.valve', 'high.valve']);
  assert.deepEqual(jpeg.valves, ['640x360@10.valve', 'high+jpeg.valve']);
});

test('the rings of the default profile fit into the 64 MB that a container has', () => {
  const { cameras } = loadShipped('default').profile;
  const bytes = Object.values(cameras)
    .flatMap(({ streams }) => Object.values(plannedBranches(streams)))
    .reduce((sum, stream) => sum + fileSize(ringGeometry(stream)), 0);
  assert.ok(bytes > 0 && bytes < 64e6, `${bytes} bytes`);
});
