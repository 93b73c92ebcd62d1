import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { wayTo } from '../../test/support/plans.js';
import type { CameraProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import { fullCapabilities } from './capabilities.js';
import { rawDelivery } from './delivery.js';
import { type BranchPlan, type Graph, stageChange } from './graph.js';
import { ringGeometry } from './ring-geometry.js';
import { type ArrangedStage, arrangeStage } from './stage.js';
import { changeStage } from './stage-change.js';
import { applyChange, camera, similarCameras } from './testing.js';

const request = { camera: 'cam', capabilities: fullCapabilities, instance: null, ringFolder: '/dev/shm' };
const arrange = (profile: CameraProfile) => arrangeStage({ ...request, profile, delivery: rawDelivery });
const change = (running: ArrangedStage, profile: CameraProfile) =>
  changeStage(running, { ...request, profile });

function changed(running: ArrangedStage, profile: CameraProfile) {
  const planned = change(running, profile);
  assert.ok(!('restart' in planned), JSON.stringify(planned));
  return planned;
}

function refused(running: ArrangedStage, profile: CameraProfile): string {
  const planned = change(running, profile);
  assert.ok('restart' in planned);
  return planned.restart;
}

/** The order of nodes says nothing. */
function sorted({ nodes, links }: Graph) {
  const text = (one: object) => JSON.stringify(one, Object.keys(one).sort());
  return {
    nodes: [...nodes].sort((a, b) => a.id.localeCompare(b.id)),
    links: links.map(text).sort(),
  };
}

function byStream(branches: readonly BranchPlan[]) {
  return [...branches].sort((a, b) => a.stream.localeCompare(b.stream));
}

/** A running stage after a few changes, and each change on the way. */
const histories = fc
  .array(similarCameras, { minLength: 2, maxLength: 5 })
  .map(([first, ...rest]) => ({ first: first as CameraProfile, rest }));

function* steps({ first, rest }: { first: CameraProfile; rest: readonly CameraProfile[] }) {
  let running = arrange(first);
  for (const wanted of rest) {
    const planned = change(running, wanted);
    yield { running, wanted, planned };
    running = 'restart' in planned ? arrange(wanted) : planned.stage;
  }
}

test('whatever changes, the change of the running graph gives the new one', () => {
  let whole = 0;
  fc.assert(
    fc.property(histories, (history) => {
      for (const { running, planned } of steps(history)) {
        if ('restart' in planned) continue;
        whole += 1;
        assert.deepEqual(stageChange.parse(JSON.parse(JSON.stringify(planned.change))), planned.change);
        const result = applyChange(running.plan, planned.change);
        assert.deepEqual(sorted(result.graph), sorted(planned.stage.plan.graph));
        assert.deepEqual(byStream(result.branches), byStream(planned.stage.plan.branches));
        assert.deepEqual(planned.stage.plan.gate, running.plan.gate);
        assert.equal(new Set(result.graph.nodes.map(({ id }) => id)).size, result.graph.nodes.length);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(whole > 100, `only ${whole} changes were looked at`);
});

test('whatever changes, what did not is left alone', () => {
  fc.assert(
    fc.property(histories, (history) => {
      for (const { running, wanted, planned } of steps(history)) {
        if ('restart' in planned) continue;
        const { set, remove, add } = planned.change;
        const touched = new Set([
          ...set.map(({ node }) => node),
          ...remove.nodes,
          ...add.nodes.map(({ id }) => id),
        ]);
        for (const [name, stream] of Object.entries(wanted.streams)) {
          if (!isDeepStrictEqual(stream, running.streams[name])) continue;
          const jpeg = running.branches.jpegOf[name] ?? null;
          const alike = jpeg !== null && jpeg !== name && jpeg in running.streams;
          if (!alike) assert.equal(planned.stage.branches.jpegOf[name], jpeg);
          for (const branch of alike || jpeg === null ? [name] : [name, jpeg]) {
            const { sink } = running.plan.branches.find((one) => one.stream === branch) as BranchPlan;
            const way = wayTo(running.plan.graph, sink).map(({ id }) => id);
            assert.deepEqual(
              way.filter((id) => touched.has(id)),
              [],
              branch,
            );
            assert.ok(!planned.rings.replaced.includes(branch) && !planned.rings.made.includes(branch));
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever changes, every stream gets what it wants', () => {
  fc.assert(
    fc.property(histories, (history) => {
      for (const { wanted, planned } of steps(history)) {
        if ('restart' in planned) continue;
        const { plan, branches, rings } = planned.stage;
        assert.deepEqual(Object.keys(branches.jpegOf).sort(), Object.keys(wanted.streams).sort());
        for (const [name, stream] of Object.entries(branches.all)) {
          const branch = plan.branches.find((one) => one.stream === name);
          assert.ok(branch);
          const properties = wayTo(plan.graph, branch.sink).map(
            ({ id }) => plan.graph.nodes.find((node) => node.id === id)?.properties ?? {},
          );
          const sizes = properties.flatMap(
            (one) => String(one['caps'] ?? '').match(/width=.*,height=\d+/) ?? [],
          );
          assert.equal(sizes.at(-1), `width=${stream.width},height=${stream.height}`);
          assert.equal(
            properties.flatMap((one) => one['max-framerate'] ?? []).at(-1),
            stream.framerate.join('/'),
          );
          assert.ok((rings[name]?.arenaSize ?? 0) >= ringGeometry(stream).arenaSize);
        }
        for (const [name, jpeg] of Object.entries(branches.jpegOf)) {
          if (jpeg === null) continue;
          const [stream, source] = [branches.all[name], branches.all[jpeg]];
          assert.deepEqual(
            [source?.codec, source?.width, source?.height],
            ['jpeg', stream?.width, stream?.height],
          );
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever changes, the camera is started again only for what its root cannot give', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(histories, (history) => {
      for (const { running, wanted, planned } of steps(history)) {
        if (!('restart' in planned)) continue;
        assert.ok(running.pictures);
        const { roots, size, framerate, split } = running.pictures;
        const whole = roots.find(({ fit }) => fit === 'contain') ?? { ...size, framerate };
        const ratio = wanted.capture.width / wanted.capture.height;
        const streams = Object.values(wanted.streams);
        const more = streams.some((stream) => {
          if (perSecond(stream.framerate) > perSecond(framerate)) return true;
          if (stream.fit !== 'contain') return false;
          const needed = Math.min(stream.width, stream.height * ratio, wanted.capture.width);
          return needed > whole.width || perSecond(stream.framerate) > perSecond(whole.framerate);
        });
        const otherShape = Math.abs(size.width / ratio - size.height) >= 1;
        const otherFit = !split && streams.some(({ fit }) => fit !== 'contain');
        const [word = ''] = /more than|another shape|cut or stretched/.exec(planned.restart) ?? [];
        const real = { 'more than': more, 'another shape': otherShape, 'cut or stretched': otherFit }[word];
        assert.ok(real, planned.restart);
        seen.add(word);
      }
    }),
    { numRuns: 500 },
  );
  assert.equal(seen.size, 3);
});

test('nothing changes: nothing is done', () => {
  fc.assert(
    fc.property(similarCameras, (profile) => {
      const { change: nothing, rings, stage } = changed(arrange(profile), profile);
      assert.deepEqual(nothing, {
        set: [],
        remove: { nodes: [], streams: [] },
        add: { nodes: [], links: [], branches: [] },
        adjust: [],
        drafts: [],
      });
      assert.deepEqual(rings, { made: [], replaced: [], removed: [] });
      assert.deepEqual(stage, arrange(profile));
    }),
  );
});

const high = { codec: 'h264', width: 1280, height: 720, framerate: 30, bitrate: 2_000_000, gop: 60 };
const low = { codec: 'jpeg', width: 320, height: 180, framerate: 5, quality: 70 };
const analysis = { codec: 'raw', width: 640, height: 360, framerate: 10, format: 'NV12' };

test('bitrate, quality, rate, key frames, linger and always change while frames pass', () => {
  const running = arrange(camera({ high, low, analysis }));
  const only = (streams: Record<string, unknown>) => {
    const { change: done } = changed(running, camera(streams));
    assert.deepEqual(done.remove, { nodes: [], streams: [] });
    assert.deepEqual(done.add.nodes, []);
    return done;
  };
  assert.deepEqual(only({ high: { ...high, bitrate: 1_000_000 }, low, analysis }).set, [
    { node: 'high.encode', property: 'bitrate', value: 1000 },
  ]);
  assert.deepEqual(only({ high, low: { ...low, quality: 90 }, analysis }).set, [
    { node: 'low.encode', property: 'quality', value: 90 },
  ]);
  assert.deepEqual(only({ high, low: { ...low, framerate: 2 }, analysis }).set, [
    { node: 'low.rate', property: 'max-framerate', value: '2/1' },
  ]);
  const adjusted = only({ high: { ...high, gop: 30, linger: 7, always: true }, low, analysis });
  assert.deepEqual(adjusted.set, []);
  assert.deepEqual(
    adjusted.adjust.map(({ stream, gopFrames, lingerMs, always }) => [stream, gopFrames, lingerMs, always]),
    [
      ['high', 30, 7000, true],
      ['high+jpeg', null, 7000, false],
    ],
  );
});

test('a ring is replaced when it has no room for what comes', () => {
  const running = arrange(camera({ high, low, analysis }));
  const rings = (streams: Record<string, unknown>) => changed(running, camera(streams)).rings;
  assert.deepEqual(rings({ high: { ...high, bitrate: 1_000_000 }, low, analysis }).replaced, []);
  assert.deepEqual(rings({ high: { ...high, bitrate: 9_000_000 }, low, analysis }).replaced, ['high']);
  assert.deepEqual(rings({ high, low, analysis: { ...analysis, format: 'BGR' } }).replaced, ['analysis']);
  assert.deepEqual(rings({ high, low, analysis: { ...analysis, outputs: ['picture'] } }).replaced, [
    'analysis',
  ]);
  const draft = changed(running, camera({ high, low, analysis: { ...analysis, format: 'BGR' } }));
  assert.deepEqual(draft.change.drafts, ['analysis']);
  const larger = changed(running, camera({ high: { ...high, bitrate: 9_000_000 }, low, analysis }));
  assert.deepEqual([larger.change.drafts, larger.change.add.nodes], [['high'], []]);
  const { made, removed } = rings({ high, analysis });
  assert.deepEqual([made, removed], [[], ['low']]);
});

test('a raw branch is made anew when its ring gets another number of slots, and no other is', () => {
  const profile = camera({ high, low, analysis });
  const { analysis: raw } = profile.streams;
  assert.ok(raw?.codec === 'raw');
  const streams = { ...profile.streams, analysis: { ...raw, ringFrames: 2 * raw.ringFrames } };
  const { rings, change: made } = changed(arrange(profile), { ...profile, streams });
  assert.deepEqual(
    [rings.replaced, made.drafts, made.remove.streams],
    [['analysis'], ['analysis'], ['analysis']],
  );
  assert.deepEqual(
    made.add.branches.map(({ stream }) => stream),
    ['analysis'],
  );
  const touched = [...made.remove.nodes, ...made.add.nodes.map(({ id }) => id)];
  assert.deepEqual(
    touched.filter((id) => !id.startsWith('analysis.')),
    [],
  );
});

test('a new stream is made from the smallest tee that has enough, and what is new is made once', () => {
  const running = arrange(camera({ high, analysis, grey: { ...analysis, format: 'GRAY8' } }));
  const { stage, change: done } = changed(
    running,
    camera({
      high,
      analysis,
      grey: { ...analysis, format: 'GRAY8' },
      tiny: low,
      small: { ...high, width: 480, height: 270, framerate: 5 },
    }),
  );
  const tees = (stream: string) => {
    const sink = stage.plan.branches.find((branch) => branch.stream === stream)?.sink ?? '';
    return wayTo(stage.plan.graph, sink).flatMap(({ id, element }) => (element === 'tee' ? [id] : []));
  };
  assert.deepEqual(tees('small'), ['tee', '640x360@10.tee', '480x270@5.tee']);
  assert.deepEqual(tees('small+jpeg'), tees('small'));
  assert.deepEqual(tees('tiny'), tees('small'));
  assert.deepEqual(done.remove.nodes, []);
});

test('a JPEG branch goes on for the others when the stream it is named after goes', () => {
  const twin = { ...analysis, width: high.width, height: high.height, framerate: high.framerate };
  const running = arrange(camera({ high, twin, low }));
  const without = changed(running, camera({ twin, low }));
  assert.deepEqual(without.stage.branches.jpegOf, { twin: 'high+jpeg', low: 'low' });
  assert.deepEqual(without.change.remove.streams, ['high']);
  const again = changed(without.stage, camera({ twin, low, high: { ...high, framerate: 10 } }));
  assert.deepEqual(again.stage.branches.jpegOf, { twin: 'high+jpeg', low: 'low', high: 'high+jpeg-2' });
  const last = changed(again.stage, camera({ low, high: { ...high, framerate: 10 } }));
  assert.deepEqual(last.change.remove.streams, ['twin', 'high+jpeg']);
  assert.deepEqual(last.rings.removed, ['twin', 'high+jpeg']);
});

test('a JPEG branch is another one when the JPEG stream that served comes or goes', () => {
  const twin = { ...high, width: low.width, height: low.height, framerate: low.framerate };
  const running = arrange(camera({ high, twin, low }));
  assert.equal(running.branches.jpegOf['twin'], 'low');
  const without = changed(running, camera({ high, twin }));
  assert.equal(without.stage.branches.jpegOf['twin'], 'twin+jpeg');
  const again = changed(without.stage, camera({ high, twin, low }));
  assert.equal(again.stage.branches.jpegOf['twin'], 'twin+jpeg', 'its viewers stay where they are');
});

test('removing the largest stream leaves the capture and everybody else alone', () => {
  const running = arrange(camera({ high, low }));
  const { stage, change: done } = changed(running, camera({ low }));
  assert.deepEqual(stage.capture, running.capture);
  assert.deepEqual(done.remove.streams, ['high', 'high+jpeg']);
  // Nobody needs more frames any more, so no more are converted.
  assert.deepEqual(done.set, [{ node: 'rate', property: 'max-framerate', value: '5/1' }]);
});

test('the camera is started again for what its root cannot give', () => {
  const running = arrange(camera({ high, low }));
  assert.match(
    refused(running, camera({ high: { ...high, width: 1920, height: 1080 }, low })),
    /1280x720 at 30/,
  );
  assert.match(refused(running, camera({ high, low: { ...low, framerate: 60 } })), /more than/);
  assert.match(
    refused(running, camera({ high, low }, { width: 640, height: 480 })),
    /640x480 instead of 1280x720/,
  );
  assert.match(refused(running, camera({ high, low }, { onDemand: true })), /capture\.onDemand/);
  assert.throws(
    () =>
      changeStage(running, {
        ...request,
        capabilities: { elements: { ...fullCapabilities.elements, jpegenc: false } },
        profile: camera({ high, low }),
      }),
    { code: 'missing-element' },
  );
});
