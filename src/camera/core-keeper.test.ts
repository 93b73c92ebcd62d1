import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../base/fake-clock.js';
import type { StagePlan } from '../plan/graph.js';
import type { FakeCores } from './fake-core.js';
import { bareStage, liveFor, supervised } from './testing.js';

test('a core that dies is replaced at once, and its source opened again', async () => {
  const { supervisor, clock, cores, live, drawn } = supervised();
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
  const { supervisor, clock, cores } = supervised();
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
  await liveFor(clock, cores, 29_000);
  assert.equal(cores.last.commands('switch-source').length, 0);
  await liveFor(clock, cores, 2_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
});

const change = {
  set: [],
  remove: { nodes: [], streams: [] },
  add: { nodes: [], links: [], branches: [] },
  adjust: [],
  drafts: [],
};
const changed: StagePlan = { ...bareStage, graph: { nodes: [], links: [{ from: 'a', to: 'b' }] } };
const plans = (cores: FakeCores) =>
  cores.all.flatMap((core) => core.received.flatMap((one) => (one.type === 'start' ? [one.plan] : [])));

test('a change is made by the core that runs, and kept for those after it', async () => {
  const { supervisor, cores, clock } = supervised();
  await supervisor.start();
  await supervisor.change(changed, change);
  assert.deepEqual(cores.last.commands('change').length, 1);
  cores.last.die();
  await clock.advance(0);
  assert.deepEqual(plans(cores), [bareStage, changed]);
  assert.equal(cores.last.commands('change').length, 0);
});

test('a change that is refused is none, neither now nor later', async () => {
  const { supervisor, cores, clock } = supervised();
  await supervisor.start();
  cores.answer = ({ type }) => (type === 'change' ? { code: 'bad-plan', message: 'no' } : undefined);
  await assert.rejects(supervisor.change(changed, change), {
    code: 'refused',
    details: { coreCode: 'bad-plan', command: 'change' },
  });
  cores.last.die();
  await clock.advance(0);
  assert.deepEqual(plans(cores), [bareStage, bareStage]);
});

test('a change while there is no core is what the next one starts with', async () => {
  const { supervisor, cores, clock } = supervised();
  await supervisor.start();
  cores.last.die();
  await supervisor.change(changed, change);
  await clock.advance(0);
  assert.deepEqual(plans(cores), [bareStage, changed]);
});

test('a core that dies of a change, or hangs in it, is followed by one with the stage before', async () => {
  const { supervisor, cores, clock } = supervised();
  await supervisor.start();
  cores.answer = ({ type }, core) => {
    if (type === 'change') core.die();
    return undefined;
  };
  await assert.rejects(supervisor.change(changed, change), { code: 'closed' });
  await clock.advance(0);
  cores.answer = ({ type }) => (type === 'change' ? 'never' : undefined);
  const hanging = assert.rejects(supervisor.change(changed, change), { code: 'timeout' });
  await liveFor(clock, cores, 15_000);
  await hanging;
  cores.answer = undefined;
  await clock.advance(500);
  assert.deepEqual(plans(cores), [bareStage, bareStage, bareStage]);
  await supervisor.close(3000);
  await assert.rejects(supervisor.change(changed, change), { code: 'closed' });
});

test('a life of a minute forgives the deaths before it', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  cores.last.die();
  await clock.advance(0);
  cores.last.die();
  await clock.advance(500);
  await liveFor(clock, cores, 61_000);
  const before = cores.all.length;
  cores.last.die();
  await clock.advance(0);
  assert.equal(cores.all.length, before + 1, 'at once again');
});

test('a core that hangs is ended by force and replaced', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  await liveFor(clock, cores, 5_000);
  const hung = cores.last;
  await clock.advance(8_100);
  assert.ok(hung.over);
  assert.equal(cores.all.length, 2);
  assert.match(supervisor.status.detail, /SIGKILL/);
});

test('a core that talks nonsense is replaced', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  cores.last.sayText('{"event":"state","state":"dancing"}');
  await clock.advance(0);
  assert.equal(cores.all.length, 2);
});

test('a start that fails is told once and not retried', async () => {
  const dead = supervised();
  dead.cores.silent = true;
  const starting = assert.rejects(dead.supervisor.start(), { code: 'failed' });
  await settled();
  dead.cores.last.die('cannot be started: ENOENT');
  await starting;
  await dead.clock.advance(60_000);
  assert.equal(dead.cores.all.length, 1);

  const refusing = supervised();
  refusing.cores.answer = () => ({ code: 'missing-element', message: 'no element "x264enc"' });
  await assert.rejects(refusing.supervisor.start(), { code: 'missing-element', message: /x264enc/ });
  assert.ok(refusing.cores.last.over);
});

test('a core that never gets ready is ended by force', async () => {
  const { supervisor, clock, cores } = supervised();
  cores.silent = true;
  const starting = assert.rejects(supervisor.start(), { code: 'failed' });
  await settled();
  await clock.advance(60_000);
  await starting;
});

test('stopping while a restart is due starts nothing', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  cores.last.die();
  await supervisor.close(3000);
  await clock.advance(60_000);
  assert.equal(cores.all.length, 1);
});
