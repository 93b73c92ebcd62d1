import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wayTo } from '../../test/support/plans.js';
import type { CameraProfile } from '../profile/profile.js';
import { type Capabilities, fullCapabilities } from './capabilities.js';
import { rawDelivery } from './delivery.js';
import { type StagePlan, stagePlan } from './graph.js';
import { ringGeometry } from './ring-geometry.js';
import { planStage } from './stage.js';
import { camera, cameras, plannedBranches } from './testing.js';

function plan(profile: CameraProfile, capabilities: Capabilities = fullCapabilities): StagePlan {
  const request = { camera: 'cam', profile, delivery: rawDelivery, capabilities };
  return planStage({ ...request, instance: null, ringFolder: '/dev/shm' });
}

const without = (...names: string[]): Capabilities => ({
  elements: { ...fullCapabilities.elements, ...Object.fromEntries(names.map((name) => [name, false])) },
});

test('whatever the profile, the plan is one that the core can build', () => {
  fc.assert(
    fc.property(cameras, (profile) => {
      const { graph, inlet, branches } = plan(profile);
      assert.deepEqual(
        branches.map((branch) => branch.stream),
        Object.keys(plannedBranches(profile.streams)),
      );
      const ids = graph.nodes.map((node) => node.id);
      assert.equal(new Set(ids).size, ids.length);
      for (const id of ids) {
        // Exactly one way in, and it comes from the inlet: a tree, so there is no circle.
        assert.equal(graph.links.filter((link) => link.to === id).length, id === inlet ? 0 : 1);
        assert.equal(wayTo(graph, id)[0]?.id, inlet);
        const isSink = branches.some((branch) => branch.sink === id);
        assert.equal(
          graph.links.some((link) => link.from === id),
          !isSink,
        );
      }
    }),
  );
});

test('whatever the profile, no branch can hold up another, and none works while it is closed', () => {
  fc.assert(
    fc.property(cameras, (profile) => {
      const { graph, branches } = plan(profile);
      const element = (id: string) => graph.nodes.find((node) => node.id === id)?.element;
      for (const { from, to } of graph.links) {
        if (element(from) !== 'tee') continue;
        assert.equal(element(to), 'valve');
        const next = graph.links.filter((link) => link.from === to).map((link) => link.to);
        assert.deepEqual(next.map(element), ['queue']);
      }
      for (const node of graph.nodes) {
        if (node.element === 'valve') assert.equal(node.properties['drop'], true);
        if (node.element !== 'queue') continue;
        assert.equal(node.properties['leaky'], 'downstream');
        assert.ok(Number(node.properties['max-size-buffers']) > 0);
      }
      for (const branch of branches) {
        const valves = wayTo(graph, branch.sink).filter((one) => one.element === 'valve');
        assert.deepEqual(
          branch.valves,
          valves.map((one) => one.id),
        );
      }
    }),
  );
});

test('whatever the profile, rate comes before size, size before the encoder, and each has what it asked for', () => {
  fc.assert(
    fc.property(cameras, (profile) => {
      const { graph, branches } = plan(profile);
      for (const { stream, sink, encoder, ring } of branches) {
        const wanted = plannedBranches(profile.streams)[stream];
        assert.ok(wanted);
        const way = wayTo(graph, sink);
        const node = (id: string) => graph.nodes.find((one) => one.id === id);
        const segments = way
          .map((one) => one.element)
          .join(' ')
          .split('tee ');
        for (const segment of segments) {
          const rate = segment.indexOf('teecamrate');
          const scale = segment.indexOf('videoscale');
          if (rate >= 0 && scale >= 0) assert.ok(rate < scale, segment);
        }
        if (encoder !== null) {
          const behind = way.slice(way.findIndex((one) => one.id === encoder)).map((one) => one.element);
          assert.ok(
            !behind.some((name) => ['teecamrate', 'videoscale', 'videoconvert', 'tee'].includes(name)),
          );
        }
        const sizes = way.flatMap(
          ({ id }) => String(node(id)?.properties['caps'] ?? '').match(/width=.*,height=\d+/) ?? [],
        );
        assert.equal(sizes.at(-1), `width=${wanted.width},height=${wanted.height}`);
        const rates = way.flatMap(({ id }) => node(id)?.properties['max-framerate'] ?? []);
        assert.equal(rates.at(-1), wanted.framerate.join('/'));
        const last = { ring, sync: false, async: false, 'enable-last-sample': false, qos: false };
        assert.deepEqual(node(sink)?.properties, last);
        assert.equal(encoder === null, wanted.codec === 'raw');
        if (wanted.codec === 'jpeg') assert.equal(way.at(-3)?.element, 'teecamfullrange');
      }
    }),
  );
});

test('whatever the profile, the plan is one that the messages carry', () => {
  fc.assert(
    fc.property(cameras, (profile) => {
      const planned = plan(profile);
      assert.deepEqual(stagePlan.parse(JSON.parse(JSON.stringify(planned))), planned);
    }),
  );
});

test('what is the same is done once', () => {
  const raw = { codec: 'raw', width: 640, height: 360, framerate: 10 };
  const { graph } = plan(
    camera({ big: { ...raw, width: 1280, height: 720 }, a: raw, b: { ...raw, format: 'BGR' } }),
  );
  assert.equal(graph.nodes.filter((node) => node.element === 'videoscale').length, 2);
});

test('bars are not put around bars', () => {
  const streams = {
    wide: { codec: 'jpeg', width: 1280, height: 720, framerate: 10 },
    old: { codec: 'jpeg', width: 640, height: 480, framerate: 10 },
    small: { codec: 'jpeg', width: 320, height: 240, framerate: 10 },
    tiny: { codec: 'jpeg', width: 320, height: 180, framerate: 10 },
  };
  const { graph, branches, gate } = plan(camera(streams));
  const teesTo = (stream: string) => {
    const sink = branches.find((branch) => branch.stream === stream)?.sink ?? '';
    return wayTo(graph, sink).flatMap(({ id, element }) => (element === 'tee' ? [id] : []));
  };
  assert.deepEqual([gate.width, gate.height], [1280, 720]);
  assert.deepEqual(teesTo('small'), ['tee', '640x480@10.tee']);
  assert.deepEqual(teesTo('tiny'), ['tee']);
});

test('nothing is made larger than it was captured before it must be', () => {
  const streams = {
    large: { codec: 'jpeg', width: 1920, height: 1080, framerate: 10 },
    medium: { codec: 'jpeg', width: 640, height: 360, framerate: 10 },
  };
  const { gate, branches } = plan(camera(streams, { width: 640, height: 360 }));
  assert.deepEqual([gate.width, gate.height], [640, 360]);
  assert.deepEqual(
    branches.map((branch) => branch.valves),
    [['large.valve'], ['medium.valve']],
  );
});

test('the higher profiles of H.264 get what they are named for', () => {
  const settings = (profile: string) => {
    const one = { codec: 'h264', width: 64, height: 64, framerate: 1, profile };
    const { graph } = plan(camera({ one }));
    const encoder = graph.nodes.find((node) => node.element === 'x264enc');
    return [encoder?.properties['cabac'], encoder?.properties['dct8x8']];
  };
  assert.deepEqual(settings('constrained-baseline'), [false, false]);
  assert.deepEqual(settings('main'), [true, false]);
  assert.deepEqual(settings('high'), [true, true]);
});

test('the next best encoder is taken, and a missing one is named with its package', () => {
  const h264 = { codec: 'h264', width: 64, height: 64, framerate: 1 };
  const any = camera({ one: h264 });
  const encoderOf = ({ graph, branches }: StagePlan) =>
    graph.nodes.find((node) => node.id === branches[0]?.encoder)?.element;
  assert.equal(encoderOf(plan(any)), 'x264enc');
  assert.equal(encoderOf(plan(any, without('x264enc'))), 'openh264enc');
  assert.equal(encoderOf(plan(camera({ one: { ...h264, encoder: 'openh264enc' } }))), 'openh264enc');
  const error = {
    code: 'missing-element',
    message: /cam\/one needs x264enc.*apt-get install gstreamer1\.0-plugins-ugly/,
  };
  assert.throws(() => plan(any, without('x264enc', 'openh264enc')), error);
  assert.throws(() => plan(any, without('h264parse')), { code: 'missing-element', message: /plugins-bad/ });
  assert.throws(() => plan(any, { elements: {} }), { code: 'missing-element' });
});

test('whatever the stream, its ring has room', () => {
  fc.assert(
    fc.property(cameras, (profile) => {
      for (const stream of Object.values(plannedBranches(profile.streams))) {
        const { frameCount, slotCount, slotSize, arenaSize } = ringGeometry(stream);
        assert.equal(Math.log2(frameCount) % 1, 0);
        assert.ok(frameCount >= slotCount);
        for (const bytes of [slotSize, arenaSize]) assert.equal(bytes % 4096, 0);
        const pixels = stream.width * stream.height;
        if (stream.codec === 'raw') assert.ok(arenaSize === slotCount * slotSize && slotSize >= pixels);
        if (stream.codec === 'jpeg') assert.ok(arenaSize >= 4 * 1.5 * pixels);
        if (stream.codec !== 'h264') continue;
        const gopSeconds = (stream.gopFrames * stream.framerate[1]) / stream.framerate[0];
        assert.ok(frameCount >= 2 * stream.gopFrames);
        assert.ok(arenaSize >= (2 * gopSeconds * stream.bitrateBps) / 8);
      }
    }),
  );
});

test('what may wait where is what the profile says, and by default what was measured to be quickest', () => {
  const raw = { codec: 'raw', width: 640, height: 360, framerate: 30 };
  const waiting = (more: object) => {
    const profile = { ...camera({ raw }), ...more };
    const { graph } = plan(profile);
    const property = (id: string, name: string) =>
      graph.nodes.find((node) => node.id === id)?.properties[name];
    return [property('inlet', 'max-buffers'), property('raw.queue', 'max-size-buffers')];
  };
  assert.deepEqual(waiting({}), [1, 4]);
  assert.deepEqual(waiting({ buffers: { inlet: 3, branch: 7, ring: 8, rtsp: 30 } }), [3, 7]);
  const { streams } = camera({ raw });
  const stream = streams['raw'];
  assert.ok(stream?.codec === 'raw');
  const slots = (ringFrames: number) => ringGeometry({ ...stream, ringFrames });
  assert.deepEqual([slots(8).slotCount, slots(8).frameCount], [8, 16]);
  assert.deepEqual([slots(10).slotCount, slots(10).frameCount], [10, 32]);
});

test('what is cut or stretched is made from the own picture of the source, once for each shape', () => {
  const raw = { codec: 'raw', framerate: 15, outputs: ['shm'] };
  const square = { ...raw, width: 360, height: 360 };
  const { graph, branches } = plan(
    camera(
      {
        whole: { ...raw, width: 640, height: 360 },
        cut: { ...square, fit: 'cover' },
        'cut-small': { ...square, width: 180, height: 180, fit: 'cover' },
        'cut-slow': { ...square, framerate: 5, fit: 'cover' },
        filled: { ...square, fit: 'stretch' },
      },
      { width: 640, height: 360 },
    ),
  );
  const crops = graph.nodes.filter(({ element }) => element === 'aspectratiocrop');
  assert.deepEqual(
    crops.map(({ properties }) => properties['aspect-ratio']),
    ['360/360'],
  );
  const fromTee = graph.links.filter(({ from }) => from === 'source.tee').map(({ to }) => to);
  assert.deepEqual(fromTee, ['whole.valve', '360x360@15-cover.valve', 'filled.valve']);
  const valves = (stream: string) => branches.find((one) => one.stream === stream)?.valves;
  assert.deepEqual(valves('cut-small'), ['360x360@15-cover.valve', 'cut-small.valve']);
  const borders = graph.nodes.filter(({ properties }) => properties['add-borders'] === true);
  assert.deepEqual(
    borders.map(({ id }) => id),
    ['whole.source-scale'],
  );
});
