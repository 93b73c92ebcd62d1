import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { loadText } from '../../test/support/profiles.js';
import { FakeClock } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import type { EndReason } from '../session/facts.js';
import { viewer } from '../session/testing.js';
import { Sessions } from './sessions.js';

const text = `limits: { sessions: { stream: 2 }, blocked: 5s }
cameras:
  front: { source: test, streams: { low: { codec: jpeg, width: 64, height: 48, framerate: 5 } } }
`;

const hooks = { onEvent: () => {}, onLimits: () => {}, poll: () => {}, ringReaders: () => [] };

test('limits are those of the profile, and the environment has the last word', () => {
  const environment = {
    TEECAM_LIMITS__SESSIONS__STREAM: '7',
    TEECAM_LIMITS__IDLE: '10m',
    TEECAM_LIMITS__THROTTLE__MODE: 'realtime',
    TEECAM_LIMITS__THROTTLE__BITRATE: '4M',
  };
  const { limits } = loadText(text, { environment }).profile;
  assert.deepEqual(limits, {
    sessions: { stream: 7, camera: 200, all: 1000 },
    idleMs: 600_000,
    cleanupMs: 60_000,
    blockedMs: 5000,
    backlogBytes: 256_000,
    throttle: { mode: 'realtime', bitrateBps: 4_000_000, burstMs: 2000 },
  });
  for (const [key, value] of [
    ['limits.backlog', '1k'],
    ['limits.blocked', '0s'],
    ['limits.sessions.all', '0'],
    ['limits.sesions', '{}'],
    ['limits.throttle.mode', 'fast'],
  ]) {
    assert.throws(() => loadText(text, { set: [`${key}=${value}`] }), { code: 'bad-profile' }, key);
  }
});

test('the slow are looked for every second, the idle every cleanup', async () => {
  const clock = new FakeClock();
  const { limits } = loadText(text).profile;
  const sessions = new Sessions({ limits, log: silentLog, clock });
  const ended: EndReason[] = [];
  let polls = 0;
  sessions.connect({ ...hooks, poll: () => polls++ });
  const stuck = sessions.book.open(viewer({ end: (reason) => ended.push(reason) }));
  sessions.book.open(viewer({ end: (reason) => ended.push(reason) }));
  stuck.handed(100);
  await clock.advance(6000);
  assert.deepEqual([ended, polls], [['slow'], 6]);
  await clock.advance(294_000);
  assert.deepEqual(ended, ['slow'], 'not idle for more than five minutes yet');
  await clock.advance(60_000);
  assert.deepEqual(ended, ['slow', 'idle']);
  sessions.close();
  assert.equal(clock.pending, 0);
});

test('other limits hold from then on, and nobody who is there is too many', async () => {
  const clock = new FakeClock();
  const { limits } = loadText(text).profile;
  const sessions = new Sessions({ limits, log: silentLog, clock });
  let told = 0;
  sessions.connect({ ...hooks, onLimits: () => told++ });
  const ended: EndReason[] = [];
  for (let one = 0; one < 2; one++) sessions.book.open(viewer({ end: (reason) => ended.push(reason) }));
  sessions.limit({
    ...limits,
    sessions: { ...limits.sessions, stream: 1 },
    idleMs: 5000,
    cleanupMs: 2000,
    backlogBytes: 1000,
  });
  assert.throws(() => sessions.book.open(viewer()), { code: 'full' });
  assert.deepEqual([ended, told, sessions.book.limits.backlogBytes], [[], 1, 1000]);
  await clock.advance(6000);
  assert.deepEqual(ended, ['idle', 'idle']);
  sessions.close();
  assert.equal(clock.pending, 0);
});

test('a client that is turned away again and again fills no log', async () => {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const sessions = new Sessions({ limits: loadText(text).profile.limits, log, clock });
  for (let one = 0; one < 2; one++) sessions.book.open(viewer());
  const knock = () => assert.throws(() => sessions.book.open(viewer()), { code: 'full' });
  for (let times = 0; times < 100; times++) knock();
  assert.equal(lines.length, 1);
  await clock.advance(1000);
  knock();
  assert.equal(lines.length, 2);
  assert.equal((JSON.parse(lines[1] ?? '') as { times: number }).times, 100);
  assert.equal(sessions.refused.stream, 101);
  sessions.close();
});
