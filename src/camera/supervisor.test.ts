import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import type { SourcePlan, StagePlan } from '../plan/graph.js';
import { FakeCores } from './fake-core.js';
import { faultError } from './fault.js';
import type { Reason, StatsEvent } from './messages.js';
import { Supervisor, type SupervisorOptions } from './supervisor.js';
import { statsEvent, unmoved } from './testing.js';

const stage: StagePlan = {
  camera: 'front',
  graph: { nodes: [], links: [] },
  inlet: 'inlet',
  gate: {
    media: 'raw',
    width: 64,
    height: 48,
    framerate: [30, 1],
    stallMs: 1000,
    slateFramerate: [5, 1],
    slateFile: null,
    slateEncoder: [],
  },
  branches: [],
  sleepAfterMs: null,
};

const plan = (uri: string): SourcePlan => ({
  graph: { nodes: [{ id: uri, element: 'fakesrc', properties: {} }], links: [] },
  media: 'raw',
  outlet: 'outlet',
  playlist: null,
  foreignClock: false,
  certificate: null,
});

function setup(options: Partial<SupervisorOptions> = {}) {
  const clock = new FakeClock();
  const cores = new FakeCores();
  const drawn: (Reason | null)[] = [];
  const retries: (string | null)[] = [];
  let changes = 0;
  const supervisor = new Supervisor({
    camera: 'front',
    sources: ['v4l2:/dev/video0'],
    stage,
    planSource: async (uri) => plan(uri),
    planWithout: () => null,
    planWith: () => stage,
    startCore: cores.start,
    slate: {
      path: '/run/front.rgb',
      draw: async ({ reason, retry }) => {
        drawn.push(reason);
        retries.push(retry);
      },
      remove: async () => void drawn.push(null),
    },
    controls: {},
    leftControls: null,
    clock,
    log: silentLog,
    onControls: () => {},
    onChange: () => {
      changes += 1;
    },
    ...options,
  });
  const live = () => cores.last.say({ event: 'state', state: 'live', reason: null, detail: '' });
  const fault = (reason: Reason) =>
    cores.last.say({ event: 'state', state: 'slate', reason, detail: `it is ${reason}` });
  return { clock, cores, drawn, retries, supervisor, live, fault, changes: () => changes };
}

/** Lets time pass while the core keeps saying that it lives, as a core does. */
async function live(clock: FakeClock, cores: FakeCores, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    await clock.advance(Math.min(1000, ms - passed));
    cores.last.say(stats(0));
  }
  await settled();
}

function stats(captured: number, atNs = 1): StatsEvent {
  return statsEvent({ atNs, gate: { captured } });
}

test('it starts the stage, then the source, and is healthy when the picture comes', async () => {
  const { supervisor, cores, live } = setup();
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

/** Its reader, or the core's own view of having none. */
function says(cores: FakeCores, state: 'starting' | 'asleep'): void {
  cores.last.say({ event: 'state', state, reason: null, detail: '' });
}

test('a camera that sleeps is healthy, is opened by nobody but its core, and wakes', async () => {
  const { supervisor, clock, cores, live: shows } = setup();
  await supervisor.start();
  await settled();
  says(cores, 'asleep');
  await live(clock, cores, 60_000);
  assert.deepEqual([supervisor.status.state, supervisor.health], ['asleep', 'healthy']);
  assert.equal(cores.last.commands('switch-source').length, 1);
  says(cores, 'starting');
  assert.equal(supervisor.status.state, 'starting');
  shows();
  assert.equal(supervisor.status.state, 'live');
  says(cores, 'asleep');
  cores.last.die();
  await clock.advance(0);
  await settled();
  says(cores, 'asleep');
  assert.equal(supervisor.status.state, 'asleep');
});

test('a camera that fails to wake is tried again, and its slate of then is not shown at its next start', async () => {
  const { supervisor, clock, cores, fault, drawn } = setup();
  await supervisor.start();
  await settled();
  says(cores, 'asleep');
  says(cores, 'starting');
  fault('busy');
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'busy']);
  await live(clock, cores, 600);
  assert.equal(cores.last.commands('switch-source').length, 2);
  says(cores, 'asleep');
  await settled();
  assert.deepEqual(drawn, [null, 'busy', null]);
  assert.deepEqual(
    cores.last.commands('slate').map((command) => command.type === 'slate' && command.reason),
    ['busy', null],
  );
});

test('a camera that wakes and gives no picture is taken for stalled', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  await settled();
  says(cores, 'asleep');
  says(cores, 'starting');
  await live(clock, cores, 10_000);
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'stalled']);
});

test('a camera that is pulled out while it sleeps is missed', async () => {
  let connected = true;
  const { supervisor, cores } = setup({
    planSource: async (uri) => {
      if (!connected) throw faultError('no-device', 'no camera is connected');
      return plan(uri);
    },
  });
  await supervisor.start();
  await settled();
  says(cores, 'asleep');
  connected = false;
  supervisor.devicesChanged();
  await settled();
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'no-device']);
  connected = true;
  supervisor.devicesChanged();
  await settled();
  says(cores, 'asleep');
  assert.equal(supervisor.status.state, 'asleep');
});

test('a core that dies is replaced at once, and its source opened again', async () => {
  const { supervisor, clock, cores, live, drawn } = setup();
  await supervisor.start();
  live();
  cores.last.die();
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'worker-died']);
  assert.equal(supervisor.health, 'unhealthy');
  await clock.advance(0);
  assert.equal(cores.all.length, 2);
  assert.equal(supervisor.restarts, 1);
  assert.equal(cores.last.commands('switch-source').length, 1);
  assert.ok(drawn.includes('worker-died'));
  live();
  assert.equal(supervisor.health, 'degraded', 'not healthy so soon after a death');
});

test('workers that die in a row: longer and longer waits, then nothing but the slate', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  const starts: number[] = [];
  for (let death = 1; death <= 4; death++) {
    cores.last.die();
    const before = cores.all.length;
    const from = clock.now();
    while (cores.all.length === before) await clock.advance(100);
    starts.push(clock.now() - from);
    await settled();
  }
  assert.deepEqual(starts, [100, 500, 1000, 2000]);
  assert.equal(supervisor.status.reason, 'circuit-open');
  assert.equal(supervisor.health, 'failed');
  assert.deepEqual(cores.last.commands('slate').length, 1);
  await live(clock, cores, 29_000);
  assert.equal(cores.last.commands('switch-source').length, 0);
  await live(clock, cores, 2_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
});

const change = {
  set: [],
  remove: { nodes: [], streams: [] },
  add: { nodes: [], links: [], branches: [] },
  adjust: [],
  drafts: [],
};
const changed: StagePlan = { ...stage, graph: { nodes: [], links: [{ from: 'a', to: 'b' }] } };
const plans = (cores: FakeCores) =>
  cores.all.flatMap((core) => core.received.flatMap((one) => (one.type === 'start' ? [one.plan] : [])));

test('a change is made by the core that runs, and kept for those after it', async () => {
  const { supervisor, cores, clock } = setup();
  await supervisor.start();
  await supervisor.change(changed, change);
  assert.deepEqual(cores.last.commands('change').length, 1);
  cores.last.die();
  await clock.advance(0);
  assert.deepEqual(plans(cores), [stage, changed]);
  assert.equal(cores.last.commands('change').length, 0);
});

test('a change that is refused is none, neither now nor later', async () => {
  const { supervisor, cores, clock } = setup();
  await supervisor.start();
  cores.answer = ({ type }) => (type === 'change' ? { code: 'bad-plan', message: 'no' } : undefined);
  await assert.rejects(supervisor.change(changed, change), {
    code: 'refused',
    details: { coreCode: 'bad-plan', command: 'change' },
  });
  cores.last.die();
  await clock.advance(0);
  assert.deepEqual(plans(cores), [stage, stage]);
});

test('a change while there is no core is what the next one starts with', async () => {
  const { supervisor, cores, clock } = setup();
  await supervisor.start();
  cores.last.die();
  await supervisor.change(changed, change);
  await clock.advance(0);
  assert.deepEqual(plans(cores), [stage, changed]);
});

test('a core that dies of a change, or hangs in it, is followed by one with the stage before', async () => {
  const { supervisor, cores, clock } = setup();
  await supervisor.start();
  cores.answer = ({ type }, core) => {
    if (type === 'change') core.die();
    return undefined;
  };
  await assert.rejects(supervisor.change(changed, change), { code: 'closed' });
  await clock.advance(0);
  cores.answer = ({ type }) => (type === 'change' ? 'never' : undefined);
  const hanging = assert.rejects(supervisor.change(changed, change), { code: 'timeout' });
  await live(clock, cores, 15_000);
  await hanging;
  cores.answer = undefined;
  await clock.advance(500);
  assert.deepEqual(plans(cores), [stage, stage, stage]);
  await supervisor.close(3000);
  await assert.rejects(supervisor.change(changed, change), { code: 'closed' });
});

test('a life of a minute forgives the deaths before it', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  cores.last.die();
  await clock.advance(0);
  cores.last.die();
  await clock.advance(500);
  await live(clock, cores, 61_000);
  const before = cores.all.length;
  cores.last.die();
  await clock.advance(0);
  assert.equal(cores.all.length, before + 1, 'at once again');
});

test('a core that hangs is ended by force and replaced', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  await live(clock, cores, 5_000);
  const hung = cores.last;
  await clock.advance(8_100);
  assert.ok(hung.over);
  assert.equal(cores.all.length, 2);
  assert.match(supervisor.status.detail, /SIGKILL/);
});

test('a core that talks nonsense is replaced', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  cores.last.sayText('{"event":"state","state":"dancing"}');
  await clock.advance(0);
  assert.equal(cores.all.length, 2);
});

test('a start that fails is told once and not retried', async () => {
  const dead = setup();
  dead.cores.silent = true;
  const starting = assert.rejects(dead.supervisor.start(), { code: 'failed' });
  await settled();
  dead.cores.last.die('cannot be started: ENOENT');
  await starting;
  await dead.clock.advance(60_000);
  assert.equal(dead.cores.all.length, 1);

  const refusing = setup();
  refusing.cores.answer = () => ({ code: 'missing-element', message: 'no element "x264enc"' });
  await assert.rejects(refusing.supervisor.start(), { code: 'missing-element', message: /x264enc/ });
  assert.ok(refusing.cores.last.over);
});

test('a core that never gets ready is ended by force', async () => {
  const { supervisor, clock, cores } = setup();
  cores.silent = true;
  const starting = assert.rejects(supervisor.start(), { code: 'failed' });
  await settled();
  await clock.advance(60_000);
  await starting;
});

test('a source that goes away is tried again, with growing waits, and comes back', async () => {
  const { supervisor, clock, cores, live, fault, drawn } = setup();
  await supervisor.start();
  await settled();
  live();
  cores.answer = (command) =>
    command.type === 'switch-source' ? { code: 'no-device', message: 'nothing there' } : undefined;
  fault('gone');
  assert.equal(supervisor.status.reason, 'gone');
  const tries = () => cores.last.commands('switch-source').length - 1;
  await clock.advance(500);
  assert.equal(tries(), 1);
  assert.equal(supervisor.status.reason, 'gone', 'that it is not there is no news');
  await clock.advance(999);
  assert.equal(tries(), 1);
  await clock.advance(1);
  assert.equal(tries(), 2);
  assert.deepEqual(drawn, [null, 'gone']);
  cores.answer = undefined;
  supervisor.devicesChanged();
  await settled();
  assert.equal(tries(), 3, 'a change in /dev is tried at once');
  live();
  assert.equal(supervisor.health, 'healthy');
  assert.equal(supervisor.restarts, 0);
});

test('the slate says when the camera is tried again, once the wait is worth it, and is not drawn for each try', async () => {
  const { supervisor, clock, cores, retries, drawn } = setup({
    planSource: async () => {
      throw faultError('no-device', 'no camera');
    },
  });
  await supervisor.start();
  await live(clock, cores, 60_000);
  assert.deepEqual(drawn, [null, 'no-device', 'no-device', 'no-device']);
  const [, soon, atATime, again] = retries;
  assert.equal(soon, null);
  assert.match(atATime ?? '', /^next try at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.equal(again, 'tried again every 10 s');
});

test('a grabber without a signal is asked for it every second', async () => {
  const { supervisor, clock, cores, live: shows, fault } = setup();
  await supervisor.start();
  await settled();
  shows();
  cores.answer = ({ type }) =>
    type === 'switch-source' ? { code: 'no-signal', message: 'nothing feeds it' } : undefined;
  fault('no-signal');
  await live(clock, cores, 20_000);
  assert.equal(supervisor.status.reason, 'no-signal');
  assert.equal(cores.last.commands('switch-source').length, 21);
});

test('a device that gives far fewer frames than it promised is live, and degraded until it gives more', async () => {
  const { supervisor, cores, live: shows } = setup();
  await supervisor.start();
  await settled();
  cores.last.say({ event: 'source', caps: '', width: 64, height: 48, framerate: [30, 1] });
  shows();
  let [captured, second] = [0, 0];
  const give = (rate: number) => {
    for (let i = 0; i < 15; i++) {
      captured += rate;
      second += 1;
      cores.last.say(stats(captured, second * 1e9));
    }
    const { status, health } = supervisor;
    return [status.state, status.reason, health];
  };
  assert.deepEqual(give(30), ['live', null, 'healthy']);
  assert.deepEqual(give(6), ['live', 'slow', 'degraded']);
  assert.equal(supervisor.status.detail, 'it gives 6.0 frames a second instead of 30.0');
  assert.deepEqual(give(30), ['live', null, 'healthy']);
});

test('the echo of a slate is not the outcome of the next try', async () => {
  const { supervisor, cores, clock } = setup({
    planSource: async () => {
      throw faultError('no-device', 'no camera');
    },
  });
  cores.answer = (command, core) => {
    if (command.type === 'slate') {
      core.say({ event: 'state', state: 'slate', reason: command.reason, detail: '' });
    }
    return undefined;
  };
  await supervisor.start();
  await settled();
  assert.equal(supervisor.status.reason, 'no-device');
  assert.equal(cores.last.commands('slate').length, 1);
  await clock.advance(1500);
  assert.equal(cores.last.commands('slate').length, 1, 'the same fault is drawn once');
});

test('the sources of a list are tried in order', async () => {
  const tried: string[] = [];
  const { supervisor, live, clock } = setup({
    sources: ['v4l2:/dev/video9', 'test'],
    planSource: async (uri) => {
      tried.push(uri);
      if (uri !== 'test') throw faultError('no-device', 'nothing there');
      return plan(uri);
    },
  });
  await supervisor.start();
  await settled();
  live();
  assert.deepEqual(tried, ['v4l2:/dev/video9', 'test']);
  assert.equal(supervisor.sourceUri, 'test');
  assert.equal(supervisor.health, 'degraded');
  supervisor.devicesChanged();
  await clock.advance(1000);
  assert.equal(tried.length, 2, 'what is live is left alone');
});

test('a file that has been played to its end is not played again', async () => {
  const { supervisor, clock, cores, live, fault } = setup({ sources: ['file:clip.mp4?loop=1'] });
  await supervisor.start();
  await settled();
  live();
  fault('ended');
  for (let i = 0; i < 30; i++) {
    cores.last.say(stats(0));
    await clock.advance(1000);
  }
  assert.equal(cores.last.commands('switch-source').length, 1);
  assert.equal(supervisor.status.reason, 'ended');
});

for (const reason of ['stalled', 'corrupt'] as const) {
  test(`a source that is ${reason} for a while gets a little time, then it is opened anew`, async () => {
    const { supervisor, clock, cores, live, fault } = setup();
    await supervisor.start();
    await settled();
    live();
    fault(reason);
    await clock.advance(4_900);
    assert.equal(cores.last.commands('switch-source').length, 1);
    live();
    await clock.advance(1_000);
    assert.equal(cores.last.commands('switch-source').length, 1, 'it came back by itself');
    fault(reason);
    await clock.advance(5_000);
    assert.equal(cores.last.commands('switch-source').length, 2);
  });
}

test('a key frame is waited for as long as frames come, and no longer', async () => {
  const { supervisor, clock, cores, live: shows, fault } = setup();
  await supervisor.start();
  await settled();
  await live(clock, cores, 6_000);
  fault('stalled');
  fault('no-key-frame');
  assert.equal(supervisor.status.reason, 'no-key-frame');
  await live(clock, cores, 120_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
  shows();
  fault('stalled');
  fault('no-key-frame');
  await live(clock, cores, 60_000);
  fault('stalled');
  assert.equal(cores.last.commands('switch-source').length, 1);
  await live(clock, cores, 5_000);
  assert.equal(cores.last.commands('switch-source').length, 2);
});

test('a driver that hangs is waited for, unless a device comes or goes', async () => {
  const { supervisor, clock, cores, live: shows, fault } = setup();
  await supervisor.start();
  await settled();
  fault('wedged');
  assert.equal(supervisor.status.reason, 'wedged');
  await live(clock, cores, 120_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
  cores.last.say({ event: 'state', state: 'starting', reason: null, detail: '' });
  shows();
  assert.equal(supervisor.status.state, 'live');

  fault('stalled');
  await live(clock, cores, 5_000);
  fault('wedged');
  supervisor.devicesChanged();
  await settled();
  assert.equal(cores.last.commands('switch-source').length, 3);
  cores.last.say({ event: 'state', state: 'starting', reason: null, detail: '' });
  await live(clock, cores, 11_000);
  assert.equal(supervisor.status.reason, 'stalled', 'it has let go, and gives nothing');
});

test('no first picture in time is a fault', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  await live(clock, cores, 11_000);
  assert.equal(supervisor.status.reason, 'stalled');
  assert.ok(cores.last.commands('switch-source').length >= 2);
});

test('stopping: cleanly, while starting, and twice', async () => {
  const { supervisor, clock, cores, live } = setup();
  await supervisor.start();
  live();
  await Promise.all([supervisor.close(3000), supervisor.close(3000)]);
  assert.equal(supervisor.status.state, 'stopped');
  assert.equal(cores.last.commands('stop').length, 1);
  assert.equal(clock.pending, 0, 'no timer is left behind');
  await clock.advance(60_000);
  assert.equal(cores.all.length, 1);

  const early = setup();
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

test('stopping while a restart is due starts nothing', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  cores.last.die();
  await supervisor.close(3000);
  await clock.advance(60_000);
  assert.equal(cores.all.length, 1);
});

test('counters go on over the death of a core, rates begin anew', async () => {
  const { supervisor, clock, cores } = setup();
  await supervisor.start();
  cores.last.say(stats(0, 1e9));
  cores.last.say(stats(30, 2e9));
  cores.last.say(stats(60, 3e9));
  assert.equal(supervisor.stats.gate.captured, 60);
  assert.equal(supervisor.stats.captureRate, 30);
  cores.last.die();
  await clock.advance(0);
  assert.equal(supervisor.stats.captureRate, 0);
  cores.last.say(stats(5, 9e9));
  assert.equal(supervisor.stats.gate.captured, 65);
});

test('a stream that comes while others run has the rate that it has, not that of all its frames', async () => {
  const { supervisor, cores } = setup();
  await supervisor.start();
  const said = (atS: number, streams: Record<string, number>) => {
    const entries = Object.entries(streams).map(([name, published]) => [
      name,
      { ...unmoved, open: true, published },
    ]);
    cores.last.say({ ...stats(0, atS * 1e9), streams: Object.fromEntries(entries) });
  };
  said(1, { high: 100 });
  said(2, { high: 130, low: 5000 });
  said(2.5, { high: 145, low: 5005 });
  assert.equal(supervisor.stats.streamRate('high').framerate, 30);
  assert.equal(supervisor.stats.streamRate('low').framerate, 10);
});

test('a listener that throws does not end the channel', async () => {
  const { supervisor, live } = setup({
    onChange: () => {
      throw new Error('a listener');
    },
  });
  await supervisor.start();
  live();
  assert.equal(supervisor.status.state, 'live');
});

const hardwareStage: StagePlan = {
  ...stage,
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
    return stage;
  };
  const { supervisor, clock, cores } = setup({ stage: hardwareStage, planWithout });
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
  assert.deepEqual(start.plan, stage);
  assert.deepEqual(supervisor.plans.stage, stage);
});

test('an encoder is not blamed for good for cores that die without it too', async () => {
  const { supervisor, clock, cores } = setup({
    stage: hardwareStage,
    planWithout: () => stage,
    planWith: () => hardwareStage,
  });
  await supervisor.start();
  const diesWatched = async () => {
    await settled();
    const high = { ...unmoved, open: true, encoded: 1, published: 1 };
    cores.last.say({ ...stats(0, 1e9), streams: { high } });
    cores.last.die();
    const { stage: next } = supervisor.plans;
    await clock.advance(1000);
    return next;
  };
  assert.equal(await diesWatched(), hardwareStage);
  assert.equal(await diesWatched(), stage);
  assert.equal(await diesWatched(), hardwareStage);
  assert.equal(await diesWatched(), hardwareStage);
});

test('where there is no other encoder, the next core tries the same one', async () => {
  const { supervisor, clock, cores } = setup({ stage: hardwareStage });
  await supervisor.start();
  await settled();
  cores.last.say({ event: 'stage-failed', node: 'encode', detail: 'the driver says no' });
  cores.last.die('ended with code 70');
  await clock.advance(0);
  await settled();
  assert.deepEqual(supervisor.plans.stage, hardwareStage);
});

test('a hardware encoder that hangs takes its core with it', async () => {
  const { supervisor, clock, cores } = setup({ stage: hardwareStage, planWithout: () => stage });
  await supervisor.start();
  await settled();
  const hung = cores.last;
  const nothing = { ...unmoved, encoded: 1 };
  for (let second = 1; second < 8 && !hung.over; second++) {
    await clock.advance(1000);
    hung.say({
      ...stats(0, second * 1e9),
      streams: { high: { ...nothing, open: true, published: 0 } },
      flow: { source: {}, stage: { queue: { entered: second * 30, lost: 0 } } },
    });
    await settled();
  }
  assert.ok(hung.over);
  await clock.advance(0);
  await settled();
  assert.deepEqual([cores.all.length, supervisor.plans.stage], [2, stage]);
});
