/** Three hundred viewers, a fifth of them stuck or trickling: the slow ones suffer alone. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import type { SessionsView } from '../src/api/session-views.js';
import { RunningAppliance } from './support/appliance.js';
import { Crowd } from './support/crowd.js';
import { until } from './support/until.js';

const size = { width: 320, height: 180, framerate: 10 };
const profile = {
  limits: { sessions: { stream: 300, camera: 400 }, blocked: '3s', backlog: '64k' },
  cameras: {
    front: {
      source: 'test:snow',
      streams: {
        high: { codec: 'h264', ...size, bitrate: '1M' },
        low: { codec: 'jpeg', ...size, quality: 50 },
      },
    },
  },
};

/** Bytes of memory that belong to this process alone. */
function ownMemory(pid: number): number {
  const own = /^Private_Dirty:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  assert.ok(own);
  return Number(own) * 1024;
}

it('a fifth of a crowd that is stuck is ended for it, and costs the others nothing', {
  timeout: 180_000,
}, async () => {
  await using appliance = await RunningAppliance.start(profile);
  await appliance.ready();
  const sessions = (query: string) => appliance.json<SessionsView>(`/api/v1/sessions${query}`);
  const { mjpeg } = (await appliance.stream('front', 'low')).addresses;
  const { rtsp, ts } = (await appliance.stream('front', 'high')).addresses;
  assert.ok(mjpeg && rtsp && ts);

  using crowd = new Crowd();
  await crowd.watch(mjpeg, 200);
  await crowd.watch(ts, 50);
  await crowd.play(rtsp, 50);
  const slow = [...crowd.those('stuck'), ...crowd.those('trickling')];
  assert.deepEqual([crowd.those('healthy').length, slow.length], [240, 60]);
  const came = ownMemory(appliance.pid);

  const ended = await until(
    'the slow ones are ended',
    async () => {
      const past = (await sessions('?ended=200')).ended.sessions;
      return past.length >= slow.length && past;
    },
    { withinMs: 60_000, everyMs: 500 },
  );
  const reasons = new Map(ended.map(({ client, reason }) => [client, reason]));
  for (const { client, kind, manner } of slow) {
    assert.equal(reasons.get(client), 'slow', `${kind} ${manner}`);
  }
  assert.equal(ended.length, slow.length, 'nobody else is ended');

  const open = (await sessions('')).sessions;
  assert.equal(open.length, 240);
  for (const { kind, waitingBytes } of open) {
    // One frame, or the backlog, or what TCP has not acknowledged yet.
    assert.ok(waitingBytes < 500_000, `${waitingBytes} bytes wait for a client of ${kind}`);
  }
  const grown = ownMemory(appliance.pid) - came;
  assert.ok(grown < 100e6, `${Math.round(grown / 1e6)} MB more than when they came`);

  const before = new Map(crowd.those('healthy').map((member) => [member, member.bytes()]));
  await until(
    'every healthy one goes on',
    () => [...before].every(([member, bytes]) => member.bytes() > bytes + 20_000 && !member.socket.destroyed),
    { withinMs: 30_000 },
  );
});
