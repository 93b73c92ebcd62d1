import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wayTo } from '../../test/support/plans.js';
import type { CameraProfile } from '../profile/profile.js';
import { fullCapabilities } from './capabilities.js';
import { type Delivery, type EncodedDelivery, passesThrough, resolveCopies } from './delivery.js';
import type { StagePlan } from './graph.js';
import { type ArrangedStage, arrangeStage } from './stage.js';
import { changeStage } from './stage-change.js';
import { applyChange, camera, cameras, plannedBranches } from './testing.js';

const request = { camera: 'cam', capabilities: fullCapabilities, instance: null, ringFolder: '/dev/shm' };
const arrange = (profile: CameraProfile, delivery: Delivery) =>
  arrangeStage({ ...request, profile, delivery });

const hd = { width: 1280, height: 720, framerate: 30 };
const jpegOf = (rate = 30): EncodedDelivery => ({
  media: 'jpeg',
  width: 1280,
  height: 720,
  framerate: [rate, 1],
});
const h264Of = (rate = 30): EncodedDelivery => ({ ...jpegOf(rate), media: 'h264' });

/** As element names, from the inlet to a stream's ring. */
function way({ graph, branches }: StagePlan, stream: string): string {
  const sink = branches.find((branch) => branch.stream === stream)?.sink ?? '';
  return wayTo(graph, sink)
    .map(({ element }) => element)
    .join(' ');
}

function passes(stream: Record<string, unknown>, delivery: Delivery): boolean {
  const [one] = Object.values(resolveCopies(camera({ one: stream }).streams, delivery));
  assert.ok(one);
  return passesThrough(one, delivery);
}

test('a stream passes through where codec, size and rate fit and nothing is said of the encoding', () => {
  const jpeg = { codec: 'jpeg', ...hd };
  const h264 = { codec: 'h264', ...hd };
  assert.ok(passes(jpeg, jpegOf()));
  assert.ok(passes(jpeg, jpegOf(60)), 'half of the frames are left out');
  assert.ok(passes(jpeg, jpegOf(15)));
  assert.ok(passes(h264, h264Of()));
  assert.ok(passes({ ...h264, framerate: 29.97 }, h264Of()));
  assert.ok(!passes(h264, h264Of(60)), 'no frame of H.264 can be left out');
  assert.ok(
    !passes(jpeg, h264Of()) && !passes(h264, jpegOf()) && !passes({ ...jpeg, codec: 'raw' }, jpegOf()),
  );
  assert.ok(!passes({ ...jpeg, width: 640 }, jpegOf()));
  assert.ok(!passes({ ...jpeg, quality: 80 }, jpegOf()));
  for (const told of [
    { bitrate: '4M' },
    { gop: '2s' },
    { profile: 'constrained-baseline' },
    { encoder: 'x264enc' },
  ])
    assert.ok(!passes({ ...h264, ...told }, h264Of()), Object.keys(told).join());
  assert.ok(!passes(jpeg, { media: 'raw' }));
});

test('a copy is what is delivered, in whatever size and at whatever rate', () => {
  const copy = { codec: 'copy', width: 640, height: 480, framerate: 5 };
  for (const delivery of [jpegOf(60), h264Of(60)]) {
    const { plan, branches } = arrange(camera({ copy }), delivery);
    const { codec, width, framerate } = branches.all['copy'] ?? {};
    assert.deepEqual([codec, width, framerate], [delivery.media, 1280, [60, 1]]);
    assert.doesNotMatch(way(plan, 'copy'), /teecamrate valve|queue teecamrate|dec|enc/);
  }
});

test('what a camera has encoded is decoded behind a valve of its own, and only for those who need it', () => {
  const streams = {
    all: { codec: 'jpeg', ...hd },
    slow: { codec: 'jpeg', ...hd, framerate: 5 },
    small: { codec: 'raw', width: 640, height: 360, framerate: 10, outputs: ['shm'] },
  };
  const jpeg = arrange(camera(streams), jpegOf(60)).plan;
  assert.equal(way(jpeg, 'all'), 'appsrc teecamrate tee valve queue teecamringsink');
  assert.equal(way(jpeg, 'slow'), 'appsrc teecamrate tee valve queue teecamrate teecamringsink');
  assert.match(
    way(jpeg, 'small'),
    /^appsrc teecamrate tee valve queue teecamrate jpegdec videoconvert .* tee valve/,
  );
  const h264 = arrange(camera({ all: { codec: 'h264', ...hd }, small: streams.small }), h264Of()).plan;
  assert.equal(way(h264, 'all'), 'appsrc tee valve queue teecamfromkey teecamringsink');
  assert.match(
    way(h264, 'small'),
    /^appsrc tee valve queue teecamfromkey avdec_h264 teecamrate videoconvert/,
  );
  // MJPEG of it is decoded too.
  assert.match(way(h264, 'all+jpeg'), /avdec_h264 .* jpegenc/);
  const [all, small] = ['all', 'small'].map((name) => h264.branches.find(({ stream }) => stream === name));
  assert.deepEqual([all?.encoder, all?.gopFrames, all?.valves], [null, null, ['all.valve']]);
  assert.deepEqual(small?.valves, ['encoded.picture.valve', 'small.valve']);
});

test('MJPEG of an H.264 stream is the own JPEG of the camera where that fits', () => {
  const { plan } = arrange(camera({ high: { codec: 'h264', ...hd, bitrate: '4M' } }), jpegOf());
  assert.equal(way(plan, 'high+jpeg'), 'appsrc teecamrate tee valve queue teecamringsink');
  assert.match(way(plan, 'high'), /jpegdec .* x264enc/);
});

test('nobody needs pixels: nothing is there that could decode', () => {
  const { plan, pictures } = arrange(camera({ copy: { codec: 'copy', outputs: ['rtsp'] } }), h264Of());
  assert.equal(pictures, null);
  assert.ok(!plan.graph.nodes.some(({ element }) => element.includes('dec')));
});

test('the slate is made in the media and the size that are delivered', () => {
  const { gate } = arrange(
    camera({ small: { codec: 'jpeg', ...hd, width: 640, height: 360 } }),
    h264Of(),
  ).plan;
  assert.deepEqual([gate.media, gate.width, gate.height], ['h264', 1280, 720]);
  assert.deepEqual(
    gate.slateEncoder.map(({ element }) => element),
    ['x264enc', 'h264parse', 'capsfilter'],
  );
  const h265 = arrange(camera({ copy: { codec: 'copy' } }), { ...h264Of(), media: 'h265' }).plan;
  assert.match(way(h265, 'copy'), /^appsrc tee valve queue teecamfromkey teecamringsink$/);
  assert.match(way(h265, 'copy+jpeg'), /teecamfromkey avdec_h265 .* jpegenc/);
  assert.deepEqual(
    h265.gate.slateEncoder.map(({ element }) => element),
    ['x265enc', 'h265parse', 'capsfilter'],
  );
  const without = { elements: { ...fullCapabilities.elements, x264enc: false, openh264enc: false } };
  assert.throws(
    () =>
      arrangeStage({
        ...request,
        capabilities: without,
        profile: camera({ copy: { codec: 'copy' } }),
        delivery: h264Of(),
      }),
    { code: 'missing-element' },
  );
});

const deliveries = fc.constantFrom(jpegOf(), jpegOf(60), h264Of(), h264Of(5));

test('whatever the profile and the source, each stream has one way, and no way holds up another', () => {
  fc.assert(
    fc.property(cameras, deliveries, (profile, delivery) => {
      const { plan } = arrange(profile, delivery);
      const { graph, branches, inlet } = plan;
      const streams = plannedBranches(profile.streams, delivery);
      assert.deepEqual(
        branches.map(({ stream }) => stream),
        Object.keys(streams),
      );
      const element = (id: string) => graph.nodes.find((node) => node.id === id)?.element;
      assert.equal(new Set(graph.nodes.map(({ id }) => id)).size, graph.nodes.length);
      for (const { id } of graph.nodes) {
        assert.equal(graph.links.filter((link) => link.to === id).length, id === inlet ? 0 : 1);
        assert.equal(
          graph.links.some((link) => link.from === id),
          !branches.some(({ sink }) => sink === id),
        );
      }
      for (const { from, to } of graph.links) if (element(from) === 'tee') assert.equal(element(to), 'valve');
      for (const { stream, valves, sink } of branches) {
        const own = wayTo(graph, sink).filter((one) => one.element === 'valve');
        assert.deepEqual(
          valves,
          own.map(({ id }) => id),
        );
        const decoded = /jpegdec|avdec_h264/.test(way(plan, stream));
        const planned = streams[stream];
        assert.ok(planned);
        assert.equal(decoded, !passesThrough(planned, delivery));
      }
    }),
  );
});

function changed(running: ArrangedStage, profile: CameraProfile) {
  const planned = changeStage(running, { ...request, profile });
  assert.ok(!('restart' in planned), JSON.stringify(planned));
  const result = applyChange(running.plan, planned.change);
  const ids = (plan: Pick<StagePlan, 'graph'>) => plan.graph.nodes.map(({ id }) => id).sort();
  assert.deepEqual(ids(result), ids(planned.stage.plan));
  return planned;
}

test('a decoder comes and goes with those who need it, while what passes goes on', () => {
  const high = { codec: 'jpeg', ...hd };
  const small = { codec: 'raw', width: 640, height: 360, framerate: 10, outputs: ['shm'] };
  const running = arrange(camera({ high }), jpegOf());
  const more = changed(running, camera({ high, small }));
  assert.ok(more.change.add.nodes.some(({ element }) => element === 'jpegdec'));
  assert.deepEqual(more.change.remove.nodes, []);
  const larger = changed(more.stage, camera({ high, small, large: { ...small, width: 1280, height: 720 } }));
  assert.deepEqual(larger.change.remove.streams, ['small'], 'its pictures are made anew');
  const less = changed(larger.stage, camera({ high }));
  assert.ok(!less.stage.plan.graph.nodes.some(({ element }) => element === 'jpegdec'));
  assert.deepEqual(less.change.remove.streams, ['small', 'large']);
});

test('a quality turns what passed through into what is encoded', () => {
  const high = { codec: 'jpeg', ...hd };
  const running = arrange(camera({ high }), jpegOf());
  const { stage, change, rings } = changed(running, camera({ high: { ...high, quality: 50 } }));
  assert.match(way(stage.plan, 'high'), /jpegdec .* jpegenc/);
  assert.deepEqual(change.remove.streams, ['high']);
  assert.deepEqual([rings.made, rings.replaced], [[], []], 'its ring has room');
});
