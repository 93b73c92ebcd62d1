import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import { CoreClient } from './core-client.js';
import { FakeCores } from './fake-core.js';
import type { CoreEvent } from './messages.js';

function setup(prepare: (cores: FakeCores) => void = () => {}) {
  const clock = new FakeClock();
  const cores = new FakeCores();
  prepare(cores);
  const heard: string[] = [];
  const client = new CoreClient({
    start: cores.start,
    clock,
    log: silentLog,
    onEvent: (event: CoreEvent) => {
      heard.push(event.event);
      if (event.event === 'warning') throw new Error('a listener that throws');
    },
    onEnd: (how) => void heard.push(how),
  });
  return { clock, core: cores.last, client, heard };
}

const keyFrame = { type: 'key-frame', stream: 'high' } as const;

test('a reply finds its request, whatever the order', async () => {
  const { client, core } = setup((cores) => {
    cores.answer = () => 'never';
  });
  const first = client.request({ type: 'probe', kind: 'v4l2', path: '/dev/video0' }, 1000);
  const second = client.request(keyFrame, 1000);
  core.sayText('{"reply":2,"ok":true,"value":{}}');
  core.sayText('{"reply":1,"ok":true,"value":{"formats":[]}}');
  core.sayText('{"reply":77,"ok":true,"value":{}}');
  assert.deepEqual(await first, { formats: [] });
  assert.deepEqual(await second, {});
});

test('a refusal has the code and the words of the core', async () => {
  const { client } = setup((cores) => {
    cores.answer = () => ({ code: 'busy', message: 'another program has it' });
  });
  await assert.rejects(client.request(keyFrame, 1000), {
    code: 'refused',
    message: 'another program has it',
    details: { coreCode: 'busy', command: 'key-frame' },
  });
});

test('a core that nothing can end is waited for no longer than a moment', async (t) => {
  const { client, core, clock, heard } = setup();
  core.unkillable = true;
  client.kill();
  await clock.advance(2_000);
  assert.deepEqual(heard, ['ready']);
  await clock.advance(2_000);
  assert.deepEqual(heard, ['ready', 'cannot be ended']);
  await client.close(1000);

  const stuck = setup((cores) => {
    cores.answer = () => 'never';
  });
  stuck.core.unkillable = true;
  const kill = t.mock.method(stuck.core, 'kill');
  stuck.core.say({ event: 'stopped' });
  await stuck.clock.advance(2_000);
  assert.equal(kill.mock.callCount(), 0, 'it has said that it ends, and may');
  await stuck.clock.advance(2_000);
  assert.equal(kill.mock.callCount(), 1);
  assert.deepEqual(stuck.heard.at(-1), 'cannot be ended');
});

test('no reply in time, and a reply that is too late', async () => {
  const { client, core, clock } = setup((cores) => {
    cores.answer = () => 'never';
  });
  const late = assert.rejects(client.request(keyFrame, 1000), { code: 'timeout' });
  await clock.advance(1000);
  await late;
  core.sayText('{"reply":1,"ok":true,"value":{}}');
  assert.equal(core.over, false);
  assert.equal(clock.pending, 0);
});

test('the end rejects what waits and what comes, and is told once', async () => {
  const { client, core, clock, heard } = setup((cores) => {
    cores.answer = () => 'never';
  });
  await settled();
  const waiting = assert.rejects(client.request(keyFrame, 1000), { code: 'closed' });
  core.die('was ended by SIGSEGV');
  await waiting;
  await assert.rejects(client.request(keyFrame, 1000), { code: 'closed' });
  await client.close(1000);
  assert.deepEqual(heard, ['ready', 'was ended by SIGSEGV']);
  assert.equal(clock.pending, 0);
});

test('a listener that throws hears the next event too', async () => {
  const { core, heard } = setup();
  await settled();
  core.say({ event: 'warning', code: 'x', message: 'x', count: 1 });
  core.say({ event: 'state', state: 'live', reason: null, detail: '' });
  assert.deepEqual(heard, ['ready', 'warning', 'state']);
});

test('another protocol, nonsense, and a reply of the wrong shape', async () => {
  for (const text of [
    '{"event":"ready","protocol":999,"gstreamer":"","commands":[],"events":[]}',
    'nonsense',
    '7',
  ]) {
    const { core } = setup();
    await settled();
    core.sayText(text);
    await settled();
    assert.ok(core.over, text);
  }
  const { client, core } = setup((cores) => {
    cores.answer = () => 'never';
  });
  const probing = client.request({ type: 'probe', kind: 'file', path: 'x' }, 1000);
  core.sayText('{"reply":1,"ok":true,"value":{"formats":"many"}}');
  await assert.rejects(probing, { code: 'bad-message' });
});
