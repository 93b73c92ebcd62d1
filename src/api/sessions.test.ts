import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TeecamError } from '../base/error.js';
import { type ApiEvent, apiEvent } from './events.js';
import { problemView } from './problem.js';
import { sessionsView, sessionView } from './session-views.js';
import { FakeAppliance, fakeSession } from './testing.js';

let appliance: FakeAppliance;
let base = '';
beforeEach(async () => {
  appliance = new FakeAppliance();
  base = await appliance.listen();
});
afterEach(() => appliance.close());

describe('sessions over the API', () => {
  it('are listed in the shape of the view, with what the query asks for', async () => {
    const answer = await (await fetch(`${base}/api/v1/sessions?camera=front&kind=rtsp&ended=5`)).json();
    assert.deepEqual(sessionsView.parse(answer).sessions, appliance.sessions.views);
    await fetch(`${base}/api/v1/sessions`);
    assert.deepEqual(appliance.sessions.queries, [
      { camera: 'front', kind: 'rtsp', ended: 5 },
      { ended: 20 },
    ]);
  });

  it('are refused with words for a wrong query', async () => {
    for (const query of ['kind=tape', 'ended=201', 'ended=-1', 'ended=some']) {
      const response = await fetch(`${base}/api/v1/sessions?${query}`);
      const problem = problemView.parse(await response.json());
      assert.equal(problem.status, 400);
      assert.equal(problem.errors?.[0]?.field, query.split('=')[0]);
    }
  });

  it('are shown and ended one by one', async () => {
    const shown = await (await fetch(`${base}/api/v1/sessions/s1`)).json();
    assert.equal(sessionView.parse(shown).kind, 'rtsp');
    const response = await fetch(`${base}/api/v1/sessions/s1`, { method: 'DELETE' });
    assert.equal(response.status, 200);
    assert.equal(sessionView.parse(await response.json()).reason, 'dismissed');
    for (const method of ['GET', 'DELETE']) {
      const missing = await fetch(`${base}/api/v1/sessions/s99`, { method });
      assert.equal(missing.status, 404);
      assert.match(problemView.parse(await missing.json()).detail, /no session "s99"/);
    }
  });

  it('are told of as they come, go and are turned away', () => {
    const told: ApiEvent[] = [];
    const stop = appliance.feed.listen((event) => told.push(event));
    const { kind, camera, stream, client, transport } = fakeSession('s3');
    appliance.feed.tell({ event: 'session-opened', session: fakeSession('s3') });
    appliance.feed.tell({
      event: 'session-ended',
      session: fakeSession('s3', { state: 'disconnected', reason: 'slow' }),
    });
    appliance.feed.tell({ event: 'session-refused', kind, camera, stream, client, transport, limit: 'all' });
    stop();
    for (const event of told) apiEvent.parse(event);
    assert.deepEqual(
      told.map(({ event }) => event),
      ['stats', 'session-opened', 'session-ended', 'session-refused'],
    );
  });

  it('are in the metrics', async () => {
    const text = await (await fetch(`${base}/metrics`)).text();
    for (const line of [
      'teecam_sessions{camera="front",stream="low",kind="mjpeg"} 1',
      'teecam_sessions_opened_total{camera="front",stream="low",kind="mjpeg"} 3',
      'teecam_sessions_ended_total{kind="mjpeg",reason="slow"} 2',
      'teecam_sessions_refused_total{limit="stream"} 3',
      'teecam_session_bytes_total{camera="front",stream="low",kind="mjpeg"} 100000',
      'teecam_session_blocked_seconds_total{camera="front",stream="low",kind="mjpeg"} 0.25',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });

  it('that would be too many are answered 503 with Retry-After, as a problem', async () => {
    appliance.media.failure = new TeecamError('full', 'front/low has as many viewers as may be: 1', {
      expose: true,
      details: { limit: 'stream', retryAfterS: 10 },
    });
    const response = await fetch(`${base}/front/low.mjpg`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('retry-after'), '10');
    const problem = problemView.parse(await response.json());
    assert.equal(problem.type, 'urn:teecam:problem:full');
    assert.match(problem.detail, /front\/low/);
  });
});

describe('a client that does not take its answer', () => {
  it('is let go', async () => {
    await appliance.close();
    appliance = new FakeAppliance();
    appliance.blockedMs = 200;
    base = await appliance.listen();
    appliance.media.pictureBody = Buffer.alloc(30_000_000);
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.on('error', () => {}); // it may be reset
    socket.write('GET /front/low.jpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(socket, 'readable');
    socket.pause();
    await appliance.closedConnection();
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await once(socket, 'close');
    assert.ok(received > 0 && received < 30_000_000, `${received} bytes`);
  });
});
