import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../base/fake-clock.js';
import type { StagePlan } from '../plan/graph.js';
import type { SupervisorOptions } from './supervisor.js';
import { bareStage, capturedStats, liveFor, supervised, unmoved } from './testing.js';

test('it starts the stage, then the source, and is healthy when the picture comes', async () => {
  const { supervisor, cores, live } = supervised();
  assert.equal(supervisor.status.state, 'starting');
  assert.equal(supervisor.health, 'degraded');
  await supervisor.start();
  await settled();
  assert.deepEqual(
    cores.last.received.map((command) => command.type),
    ['start', 'switch-source'],
  );
  live();
  assert.equal(supervisor.status.state, 'live');
  assert.equal(supervisor.health, 'healthy');
  assert.equal(supervisor.restarts, 0);
});

test('a camera that sleeps is healthy, is opened by nobody but its core, and wakes', async () => {
  const { supervisor, clock, cores, live, says } = supervised();
  await supervisor.start();
  await settled();
  says('asleep');
  await liveFor(clock, cores, 60_000);
  assert.deepEqual([supervisor.status.state, supervisor.health], ['asleep', 'healthy']);
  assert.equal(cores.last.commands('switch-source').length, 1);
  says('starting');
  assert.equal(supervisor.status.state, 'starting');
  live();
  assert.equal(supervisor.status.state, 'live');
  says('asleep');
  cores.last.die();
  await clock.advance(0);
  await settled();
  says('asleep');
  assert.equal(supervisor.status.state, 'asleep');
});

test('a device that gives far fewer frames than it promised is live, and degraded until it gives more', async () => {
  const { supervisor, cores, live } = supervised();
  await supervisor.start();
  await settled();
  cores.last.say({ event: 'source', caps: '', width: 64, height: 48, framerate: [30, 1] });
  live();
  let [captured, second] = [0, 0];
  const give = (rate: number) => {
    for (let i = 0; i < 15; i++) {
      captured += rate;
      second += 1;
      cores.last.say(capturedStats(captured, second * 1e9));
    }
    const { status, health } = supervisor;
    return [status.state, status.reason, health];
  };
  assert.deepEqual(give(30), ['live', null, 'healthy']);
  assert.deepEqual(give(6), ['live', 'slow', 'degraded']);
  assert.equal(supervisor.status.detail, 'it gives 6.0 frames a second instead of 30.0');
  assert.deepEqual(give(30), ['live', null, 'healthy']);
});

test('stopping: cleanly, while starting, and twice', async () => {
  const { supervisor, clock, cores, live } = supervised();
  await supervisor.start();
  live();
  await Promise.all([supervisor.close(3000), supervisor.close(3000)]);
  assert.equal(supervisor.status.state, 'stopped');
  assert.equal(cores.last.commands('stop').length, 1);
  assert.equal(clock.pending, 0, 'no timer is left behind');
  await clock.advance(60_000);
  assert.equal(cores.all.length, 1);

  const early = supervised();
  early.cores.silent = true;
  const starting = assert.rejects(early.supervisor.start(), { code: 'closed' });
  await settled();
  const closing = early.supervisor.close(3000);
  await starting;
  await early.clock.advance(3000);
  await closing;
  assert.ok(early.cores.last.over, 'ended by force at the deadline');
  assert.equal(early.clock.pending, 0);
});

test('counters go on over the death of a core, rates begin anew', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  cores.last.say(capturedStats(0, 1e9));
  cores.last.say(capturedStats(30, 2e9));
  cores.last.say(capturedStats(60, 3e9));
  assert.equal(supervisor.stats.gate.captured, 60);
  assert.equal(supervisor.stats.captureRate, 30);
  cores.last.die();
  await clock.advance(0);
  assert.equal(supervisor.stats.captureRate, 0);
  cores.last.say(capturedStats(5, 9e9));
  assert.equal(supervisor.stats.gate.captured, 65);
});

test('a stream that comes while others run has the rate that it has, not that of all its frames', async () => {
  const { supervisor, cores } = supervised();
  await supervisor.start();
  const said = (atS: number, streams: Record<string, number>) => {
    const entries = Object.entries(streams).map(([name, published]) => [
      name,
      { ...unmoved, open: true, published },
    ]);
    cores.last.say({ ...capturedStats(0, atS * 1e9), streams: Object.fromEntries(entries) });
  };
  said(1, { high: 100 });
  said(2, { high: 130, low: 5000 });
  said(2.5, { high: 145, low: 5005 });
  assert.equal(supervisor.stats.streamRate('high').framerate, 30);
  assert.equal(supervisor.stats.streamRate('low').framerate, 10);
});

test('a listener that throws does not end the channel', async () => {
  const { supervisor, live } = supervised({
    onChange: () => {
      throw new Error('a listener');
    },
  });
  await supervisor.start();
  live();
  assert.equal(supervisor.status.state, 'live');
});

const hardwareStage: StagePlan = {
  ...bareStage,
  graph: {
    nodes: [
      { id: 'queue', element: 'queue', properties: {} },
      { id: 'encode', element: 'v4l2h264enc', properties: {} },
      { id: 'ring', element: 'teecamringsink', properties: {} },
    ],
    links: [
      { from: 'queue', to: 'encode' },
      { from: 'encode', to: 'ring' },
    ],
  },
  branches: [
    {
      stream: 'high',
      valves: ['valve'],
      encoder: 'encode',
      sink: 'ring',
      ring: '/dev/shm/high',
      gopFrames: 60,
      keyFrameBy: null,
      always: false,
      lingerMs: 0,
    },
  ],
};

test('a hardware encoder that fails is replaced in the next core, and only then', async () => {
  const asked: unknown[] = [];
  const planWithout: SupervisorOptions['planWithout'] = (fault) => {
    asked.push(fault);
    return bareStage;
  };
  const { supervisor, clock, cores } = supervised({ stage: hardwareStage, planWithout });
  await supervisor.start();
  await settled();
  cores.last.say({ event: 'stage-failed', node: 'queue', detail: 'not the encoder' });
  assert.deepEqual(asked, []);
  cores.last.say({ event: 'stage-failed', node: 'encode', detail: 'the driver says no' });
  assert.deepEqual(asked, [{ encoder: 'v4l2h264enc', why: 'the driver says no' }]);
  cores.last.die('ended with code 70');
  await clock.advance(0);
  await settled();
  assert.equal(cores.all.length, 2);
  const [start] = cores.last.commands('start');
  assert.ok(start?.type === 'start');
  assert.deepEqual(start.plan, bareStage);
  assert.deepEqual(supervisor.plans.stage, bareStage);
});

test('an encoder is not blamed for good for cores that die without it too', async () => {
  const { supervisor, clock, cores } = supervised({
    stage: hardwareStage,
    planWithout: () => bareStage,
    planWith: () => hardwareStage,
  });
  await supervisor.start();
  const diesWatched = async () => {
    await settled();
    const high = { ...unmoved, open: true, encoded: 1, published: 1 };
    cores.last.say({ ...capturedStats(0, 1e9), streams: { high } });
    cores.last.die();
    const { stage: next } = supervisor.plans;
    await clock.advance(1000);
    return next;
  };
  assert.equal(await diesWatched(), hardwareStage);
  assert.equal(await diesWatched(), bareStage);
  assert.equal(await diesWatched(), hardwareStage);
  assert.equal(await diesWatched(), hardwareStage);
});

test('where there is no other encoder, the next core tries the same one', async () => {
  const { supervisor, clock, cores } = supervised({ stage: hardwareStage });
  await supervisor.start();
  await settled();
  cores.last.say({ event: 'stage-failed', node: 'encode', detail: 'the driver says no' });
  cores.last.die('ended with code 70');
  await clock.advance(0);
  await settled();
  assert.deepEqual(supervisor.plans.stage, hardwareStage);
});

test('a hardware encoder that hangs takes its core with it', async () => {
  const { supervisor, clock, cores } = supervised({ stage: hardwareStage, planWithout: () => bareStage });
  await supervisor.start();
  await settled();
  const hung = cores.last;
  const nothing = { ...unmoved, encoded: 1 };
  for (let second = 1; second < 8 && !hung.over; second++) {
    await clock.advance(1000);
    hung.say({
      ...capturedStats(0, second * 1e9),
      streams: { high: { ...nothing, open: true, published: 0 } },
      flow: { source: {}, stage: { queue: { entered: second * 30, lost: 0 } } },
    });
    await settled();
  }
  assert.ok(hung.over);
  await clock.advance(0);
  await settled();
  assert.deepEqual([cores.all.length, supervisor.plans.stage], [2, bareStage]);
});
