import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { SessionBook } from './book.js';
import type { EndReason } from './facts.js';
import { IDLE_AFTER_MS, type Session } from './session.js';
import { amplyLimited, viewer } from './testing.js';

function watching() {
  const clock = new FakeClock();
  const told: EndReason[] = [];
  const book = new SessionBook({ limits: amplyLimited, clock, wallMs: () => 1_700_000_000_000 });
  const session = book.open(viewer({ end: (reason) => told.push(reason) }));
  return { clock, book, session, told };
}

function sends(session: Session, bytes: number): void {
  session.handed(bytes, 1, 20);
  session.taken();
}

describe('a session', () => {
  it('is created, active while bytes leave, idle while none do, and disconnected in the end', async () => {
    const { clock, session, told } = watching();
    assert.equal(session.state, 'created');
    sends(session, 1000);
    assert.equal(session.state, 'active');
    await clock.advance(IDLE_AFTER_MS);
    assert.equal(session.state, 'idle');
    sends(session, 1000);
    assert.equal(session.state, 'active');
    session.closed();
    assert.equal(session.state, 'disconnected');
    assert.equal(session.reason, 'left');
    assert.deepEqual(told, []);
  });

  it('whose client only waits to be sent something is idle for the sweep too', async () => {
    const { clock, session } = watching();
    await clock.advance(1000);
    assert.equal(session.state, 'created');
    assert.equal(session.idleForMs, 1000);
  });

  it('tells bytes, frames, age, drops and its rates of the last two seconds', async () => {
    const { clock, book, session } = watching();
    for (let frame = 0; frame < 40; frame++) {
      sends(session, 1000);
      await clock.advance(100);
      if (frame % 10 === 9) book.tick();
    }
    session.dropped(3);
    const facts = session.facts();
    assert.deepEqual(
      {
        bytes: facts.bytes,
        frames: facts.frames,
        dropped: facts.dropped,
        bitrateBps: facts.bitrateBps,
        framerate: facts.framerate,
        frameAgeMs: facts.frameAgeMs,
        durationMs: facts.durationMs,
        since: facts.since,
        endedAt: facts.endedAt,
      },
      {
        bytes: 40_000,
        frames: 40,
        dropped: 3,
        bitrateBps: 80_000,
        framerate: 10,
        frameAgeMs: 20,
        durationMs: 4000,
        since: '2023-11-14T22:13:20.000Z',
        endedAt: null,
      },
    );
  });

  it('that ended has the rates of all its life', async () => {
    const { clock, session } = watching();
    sends(session, 10_000);
    await clock.advance(10_000);
    session.closed();
    await clock.advance(5000);
    const { bitrateBps, framerate, durationMs, endedAt } = session.facts();
    assert.deepEqual(
      { bitrateBps, framerate, durationMs, endedAt },
      { bitrateBps: 8000, framerate: 0.1, durationMs: 10_000, endedAt: '2023-11-14T22:13:30.000Z' },
    );
  });

  it('counts the time in which writes waited, of several at once only once', async () => {
    const { clock, session } = watching();
    session.handed(500);
    session.handed(700);
    assert.equal(session.waitingBytes, 1200);
    await clock.advance(1000);
    assert.equal(session.blockedForMs, 1000);
    assert.equal(session.facts().blockedMs, 1000);
    session.taken();
    assert.equal(session.waitingBytes, 700);
    await clock.advance(1000);
    assert.equal(session.blockedForMs, 2000, 'the second write has waited since it was handed over');
    session.taken();
    assert.equal(session.facts().blockedMs, 2000);
    assert.equal(session.facts().bytes, 1200);
    assert.equal(session.blockedForMs, 0);
  });

  it('counts no wait that is only a busy event loop', async () => {
    const { clock, session } = watching();
    session.handed(500);
    await clock.advance(50);
    session.taken();
    assert.equal(session.facts().blockedMs, 0);
  });

  it('is ended for the first reason that is told, and told once', () => {
    const { session, told } = watching();
    session.end('slow');
    assert.equal(session.state, 'error');
    session.end('dismissed');
    session.closed('left');
    session.closed('failed');
    session.end('idle');
    assert.deepEqual(told, ['slow']);
    assert.equal(session.reason, 'slow');
    assert.equal(session.state, 'disconnected');
  });

  it('that leaves by itself keeps its reason, also when it must be cut off in the end', () => {
    const { session, told } = watching();
    session.leaving('stream-gone');
    assert.equal(session.state, 'created');
    session.end('slow');
    assert.deepEqual(told, ['stream-gone']);
    session.closed();
    assert.equal(session.reason, 'stream-gone');
  });

  it('may be counted elsewhere', async () => {
    const { clock, session } = watching();
    const counted = { bytes: 5000, frames: 10, dropped: 1, frameAgeMs: 7, waitingBytes: 0 };
    session.measured({ ...counted, blockedForMs: 0, blockedMs: 0 });
    assert.equal(session.state, 'active');
    await clock.advance(4000);
    session.measured({ ...counted, waitingBytes: 300, blockedForMs: 4000, blockedMs: 4000 });
    assert.equal(session.idleForMs, 4000);
    assert.equal(session.blockedForMs, 4000);
    const { bytes, frames, dropped, frameAgeMs, waitingBytes, blockedMs } = session.facts();
    assert.deepEqual(
      { bytes, frames, dropped, frameAgeMs, waitingBytes, blockedMs },
      { ...counted, waitingBytes: 300, blockedMs: 4000 },
    );
  });
});
