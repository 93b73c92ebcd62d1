import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../base/fake-clock.js';
import { faultError } from './fault.js';
import { bareSource, capturedStats, liveFor, supervised } from './testing.js';

test('a camera that fails to wake is tried again, and its slate of then is not shown at its next start', async () => {
  const { supervisor, clock, cores, fault, drawn, says } = supervised();
  await supervisor.start();
  await settled();
  says('asleep');
  says('starting');
  fault('busy');
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'busy']);
  await liveFor(clock, cores, 600);
  assert.equal(cores.last.commands('switch-source').length, 2);
  says('asleep');
  await settled();
  assert.deepEqual(drawn, [null, 'busy', null]);
  assert.deepEqual(
    cores.last.commands('slate').map((command) => command.type === 'slate' && command.reason),
    ['busy', null],
  );
});

test('a camera that wakes and gives no picture is taken for stalled', async () => {
  const { supervisor, clock, cores, says } = supervised();
  await supervisor.start();
  await settled();
  says('asleep');
  says('starting');
  await liveFor(clock, cores, 10_000);
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'stalled']);
});

test('a camera that is pulled out while it sleeps is missed', async () => {
  let connected = true;
  const { supervisor, says } = supervised({
    planSource: async (uri) => {
      if (!connected) throw faultError('no-device', 'no camera is connected');
      return bareSource(uri);
    },
  });
  await supervisor.start();
  await settled();
  says('asleep');
  connected = false;
  supervisor.devicesChanged();
  await settled();
  assert.deepEqual([supervisor.status.state, supervisor.status.reason], ['slate', 'no-device']);
  connected = true;
  supervisor.devicesChanged();
  await settled();
  says('asleep');
  assert.equal(supervisor.status.state, 'asleep');
});

test('a source that goes away is tried again, with growing waits, and comes back', async () => {
  const { supervisor, clock, cores, live, fault, drawn } = supervised();
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
  const { supervisor, clock, cores, retries, drawn } = supervised({
    planSource: async () => {
      throw faultError('no-device', 'no camera');
    },
  });
  await supervisor.start();
  await liveFor(clock, cores, 60_000);
  assert.deepEqual(drawn, [null, 'no-device', 'no-device', 'no-device']);
  const [, soon, atATime, again] = retries;
  assert.equal(soon, null);
  assert.match(atATime ?? '', /^next try at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.equal(again, 'tried again every 10 s');
});

test('a grabber without a signal is asked for it every second', async () => {
  const { supervisor, clock, cores, live, fault } = supervised();
  await supervisor.start();
  await settled();
  live();
  cores.answer = ({ type }) =>
    type === 'switch-source' ? { code: 'no-signal', message: 'nothing feeds it' } : undefined;
  fault('no-signal');
  await liveFor(clock, cores, 20_000);
  assert.equal(supervisor.status.reason, 'no-signal');
  assert.equal(cores.last.commands('switch-source').length, 21);
});

test('the echo of a slate is not the outcome of the next try', async () => {
  const { supervisor, cores, clock } = supervised({
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
  const { supervisor, live, clock } = supervised({
    sources: ['v4l2:/dev/video9', 'test'],
    planSource: async (uri) => {
      tried.push(uri);
      if (uri !== 'test') throw faultError('no-device', 'nothing there');
      return bareSource(uri);
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
  const { supervisor, clock, cores, live, fault } = supervised({ sources: ['file:clip.mp4?loop=1'] });
  await supervisor.start();
  await settled();
  live();
  fault('ended');
  for (let i = 0; i < 30; i++) {
    cores.last.say(capturedStats(0));
    await clock.advance(1000);
  }
  assert.equal(cores.last.commands('switch-source').length, 1);
  assert.equal(supervisor.status.reason, 'ended');
});

for (const reason of ['stalled', 'corrupt'] as const) {
  test(`a source that is ${reason} for a while gets a little time, then it is opened anew`, async () => {
    const { supervisor, clock, cores, live, fault } = supervised();
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
  const { supervisor, clock, cores, live, fault } = supervised();
  await supervisor.start();
  await settled();
  await liveFor(clock, cores, 6_000);
  fault('stalled');
  fault('no-key-frame');
  assert.equal(supervisor.status.reason, 'no-key-frame');
  await liveFor(clock, cores, 120_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
  live();
  fault('stalled');
  fault('no-key-frame');
  await liveFor(clock, cores, 60_000);
  fault('stalled');
  assert.equal(cores.last.commands('switch-source').length, 1);
  await liveFor(clock, cores, 5_000);
  assert.equal(cores.last.commands('switch-source').length, 2);
});

test('a driver that hangs is waited for, unless a device comes or goes', async () => {
  const { supervisor, clock, cores, live, fault, says } = supervised();
  await supervisor.start();
  await settled();
  fault('wedged');
  assert.equal(supervisor.status.reason, 'wedged');
  await liveFor(clock, cores, 120_000);
  assert.equal(cores.last.commands('switch-source').length, 1);
  says('starting');
  live();
  assert.equal(supervisor.status.state, 'live');

  fault('stalled');
  await liveFor(clock, cores, 5_000);
  fault('wedged');
  supervisor.devicesChanged();
  await settled();
  assert.equal(cores.last.commands('switch-source').length, 3);
  says('starting');
  await liveFor(clock, cores, 11_000);
  assert.equal(supervisor.status.reason, 'stalled', 'it has let go, and gives nothing');
});

test('no first picture in time is a fault', async () => {
  const { supervisor, clock, cores } = supervised();
  await supervisor.start();
  await liveFor(clock, cores, 11_000);
  assert.equal(supervisor.status.reason, 'stalled');
  assert.ok(cores.last.commands('switch-source').length >= 2);
});
