import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { rawDelivery } from '../plan/delivery.js';
import type { ArrangedStage } from '../plan/stage.js';
import { camera } from '../plan/testing.js';
import { stagePlanning } from './stage-planning.js';

const works = { works: true, detail: '' };
const profile = camera({
  high: { codec: 'h264', width: 640, height: 360, framerate: 30 },
  low: { codec: 'h264', width: 320, height: 180, framerate: 15, encoder: 'openh264enc' },
});

function encodersOf({ plan }: ArrangedStage): (string | undefined)[] {
  return plan.branches
    .filter(({ gopFrames }) => gopFrames !== null)
    .map(({ encoder }) => plan.graph.nodes.find(({ id }) => id === encoder)?.element);
}

test('an encoder that failed one camera is replaced there, also in later plans, and nowhere else', () => {
  const capabilities = { ...fullCapabilities, encoders: { vah264enc: works } };
  const planning = stagePlanning(capabilities, null);
  const stage = planning.arrange('front', profile, rawDelivery);
  assert.deepEqual(encodersOf(stage), ['vah264enc', 'openh264enc']);
  const after = planning.without('vah264enc', { name: 'front', profile, stage }, 'it hangs');
  assert.deepEqual(encodersOf(after), ['x264enc', 'openh264enc']);
  // What does not encode stays: the rings, and who reads them, go on.
  const { plan: _before, ...kept } = stage;
  const { plan, ...now } = after;
  assert.deepEqual(now, kept);
  assert.deepEqual(
    plan.branches.map(({ ring }) => ring),
    stage.plan.branches.map(({ ring }) => ring),
  );

  const always = camera({ high: { codec: 'h264', width: 640, height: 360, framerate: 30, always: true } });
  const changed = planning.change({ name: 'front', profile, stage: after }, always);
  assert.ok(!('restart' in changed));
  assert.deepEqual(encodersOf(changed.stage), ['x264enc']);
  assert.deepEqual(encodersOf(planning.arrange('back', profile, rawDelivery)), ['vah264enc', 'openh264enc']);
  const none = stagePlanning(
    { ...capabilities, elements: { ...capabilities.elements, x264enc: false } },
    null,
  );
  assert.deepEqual(encodersOf(none.without('vah264enc', { name: 'front', profile, stage }, 'it hangs')), [
    'openh264enc',
    'openh264enc',
  ]);
});

test('a failure is told with its reason, and held against an encoder for an hour, or until it is acquitted', async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const planning = stagePlanning({ ...fullCapabilities, encoders: { vah264enc: works } }, null, {
    clock,
    kept: {
      add: ({ camera, encoder }) => void told.push(`${camera}: ${encoder}`),
      remove: ({ camera, encoder }) => void told.push(`${camera}: ${encoder} acquitted`),
    },
  });
  const stage = planning.arrange('front', profile, rawDelivery);
  const front = { name: 'front', profile, stage };
  planning.without('vah264enc', front, 'it hangs');
  const [{ camera: name, encoder, why } = {}] = planning.failures();
  assert.deepEqual([name, encoder, why], ['front', 'vah264enc', 'it hangs']);
  assert.deepEqual(encodersOf(planning.with('vah264enc', front)), ['vah264enc', 'openh264enc']);
  assert.deepEqual(planning.failures(), []);
  assert.deepEqual(told, ['front: vah264enc', 'front: vah264enc acquitted']);

  const after = planning.without('vah264enc', front, 'it hangs');
  await clock.advance(3_599_000);
  assert.deepEqual(encodersOf(planning.arrange('front', profile, rawDelivery)), ['x264enc', 'openh264enc']);
  await clock.advance(1_000);
  assert.deepEqual(planning.failures(), []);
  const changed = planning.change({ ...front, stage: after }, profile);
  assert.ok(!('restart' in changed));
  assert.deepEqual(encodersOf(changed.stage), ['vah264enc', 'openh264enc']);
});
