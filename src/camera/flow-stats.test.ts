import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowStats } from './flow-stats.js';
import type { NodeFlow, StatsEvent } from './messages.js';
import { statsEvent } from './testing.js';

function at(seconds: number, source: Record<string, NodeFlow>, stage: Record<string, NodeFlow>): StatsEvent {
  const gate = { captured: seconds * 30, dropped: seconds };
  return statsEvent({ atNs: seconds * 1e9, gate, flow: { source, stage } });
}
const counted = (entered: number, lost = 0): NodeFlow => ({ entered, lost });

test('counters become rates, and begin anew with the core', () => {
  const flow = new FlowStats();
  assert.equal(new FlowStats().gate, null);
  for (const second of [0, 1, 2])
    flow.add(at(second, {}, { 'high.queue': counted(100 + second * 15, second) }));
  assert.deepEqual(flow.node('stage', 'high.queue'), {
    entered: { frames: 130, perSecond: 15 },
    lost: { frames: 2, perSecond: 1 },
  });
  assert.deepEqual(flow.gate?.captured, { frames: 60, perSecond: 30 });
  assert.equal(flow.node('source', 'high.queue'), null);
  flow.reset();
  assert.equal(flow.node('stage', 'high.queue'), null);
});

test('another source counts from 0: its rate is never that of two sources together', () => {
  const flow = new FlowStats();
  for (const second of [0, 1, 2]) flow.add(at(second, { outlet: counted(second * 30) }, {}));
  flow.add(at(3, { outlet: counted(5) }, {}));
  assert.deepEqual(flow.node('source', 'outlet')?.entered, { frames: 5, perSecond: 0 });
  flow.add(at(4, { outlet: counted(35) }, {}));
  assert.deepEqual(flow.node('source', 'outlet')?.entered, { frames: 35, perSecond: 30 });
  flow.add(at(5, {}, {}));
  assert.equal(flow.node('source', 'outlet'), null);
});
