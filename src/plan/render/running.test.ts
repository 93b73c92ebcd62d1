import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shippedPlans } from '../../../test/support/plans.js';
import { type Count, type RunningCamera, runningGraph } from './running.js';
import { renderRunningDot } from './running-dot.js';
import { renderRunningSvg } from './running-svg.js';

const [plan] = shippedPlans('default');
assert.ok(plan);
const none: Count = { frames: 0, perSecond: 0 };

/** A camera of 60 frames a second of which `high` is read: 30 of them, and its queue has lost two. */
function running(changes: Partial<RunningCamera> = {}): RunningCamera {
  const open = new Set(['high']);
  assert.ok(plan);
  return {
    camera: 'front',
    state: 'live',
    reason: null,
    source: plan.source,
    stage: plan.stage,
    gate: {
      captured: { frames: 600, perSecond: 60 },
      dropped: none,
      undecodable: none,
      slates: { frames: 5, perSecond: 0 },
    },
    node(pipeline, id) {
      if (id === 'inlet' || id === 'camera') return null;
      if (pipeline === 'source' || id === 'rate')
        return { entered: { frames: 600, perSecond: 60 }, lost: none };
      const behind = /^(low|medium|analysis|.*\+jpeg|1280.*)\.(?!valve)/.test(id);
      const entered = behind ? none : { frames: 300, perSecond: 30 };
      return { entered, lost: id === 'high.queue' ? { frames: 2, perSecond: 0.5 } : none };
    },
    branch: (name) => ({
      open: open.has(name),
      readers: open.has(name) ? 1 : 0,
      published: open.has(name) ? { frames: 298, perSecond: 29.5 } : none,
      bitrateBps: open.has(name) ? 4e6 : 0,
      latencyMs: open.has(name) ? 12.34 : null,
    }),
    ...changes,
  };
}

test('rates are on the links, and each kind of drop is at its place', () => {
  const { nodes, links } = runningGraph(running());
  const link = (from: string, to: string) => links.find((one) => one.from === from && one.to === to);
  const drops = (id: string) => nodes.find((one) => one.id === id)?.drops;
  assert.deepEqual(link('source.outlet', 'gate'), {
    from: 'source.outlet',
    to: 'gate',
    open: true,
    frames: 600,
    perSecond: 60,
  });
  assert.equal(link('gate', 'inlet')?.frames, 605, 'slates too');
  assert.equal(link('high.queue', 'high.encode')?.perSecond, 30);
  assert.equal(link('tee', 'analysis.valve')?.open, false);
  assert.deepEqual(drops('rate'), { kind: 'thinned', frames: 300, perSecond: 30 });
  assert.deepEqual(drops('analysis.valve'), { kind: 'closed', frames: 300, perSecond: 30 });
  assert.deepEqual(drops('high.queue'), { kind: 'lost', frames: 2, perSecond: 0.5 });
  assert.deepEqual(drops('gate'), { kind: 'lost', frames: 0, perSecond: 0 });
  assert.equal(drops('high.valve'), null);
  assert.equal(drops('convert'), null);
});

test('what lies behind a closed valve is closed, also through a tee', () => {
  const { nodes } = runningGraph(running());
  const open = nodes.filter((one) => one.open).map((one) => one.id);
  assert.ok(open.includes('tee') && open.includes('high.ring'));
  assert.deepEqual(
    open.filter((id) => /^(low|medium|analysis|1280|high\+jpeg)/.test(id)),
    [],
  );
});

test('a camera without a source begins at its gate, and one that has counted nothing says so', () => {
  const graph = runningGraph(
    running({ source: null, gate: null, node: () => null, state: 'slate', reason: 'gone' }),
  );
  assert.equal(graph.nodes[0]?.id, 'gate');
  assert.ok(graph.links.every(({ frames, perSecond }) => frames === null && perSecond === null));
  assert.ok(graph.nodes.every(({ drops }) => drops === null));
});

test('what a file is read in are no frames', () => {
  const [file] = shippedPlans('file-camera');
  assert.ok(file);
  const { links } = runningGraph(running({ source: file.source }));
  const rate = (to: string) => links.find((one) => one.to === to)?.perSecond;
  assert.deepEqual([rate('source.decode'), rate('source.outlet')], [null, 60]);
});

test('the drawing has the numbers, in words for those who see no colours', () => {
  const svg = renderRunningSvg(running({ camera: 'front', state: 'slate', reason: '<gone>' }));
  for (const words of [
    '60.0 fps',
    'thinned by 30.0 fps, as planned',
    'closed: nobody reads',
    'lost 2, now 0.5 fps',
    '29.5 fps, 4.00 Mbit/s',
    '1 reader',
    '12.3 ms from capture to ring',
    'slate: &lt;gone&gt;',
  ])
    assert.ok(svg.includes(words), words);
  assert.ok(!svg.includes('<gone>'));
  assert.match(renderRunningSvg(running({ gate: null, node: () => null })), /<svg /);
});

test('graphviz gets the same', () => {
  const dot = renderRunningDot(running());
  assert.match(dot, /"source\.outlet" -> "gate" \[color="#[0-9a-f]+", label="60\.0 fps"\];/);
  assert.match(dot, /"tee" -> "analysis\.valve" \[.*style=dashed\];/);
  assert.match(dot, /lost 2, now 0\.5 fps/);
});
