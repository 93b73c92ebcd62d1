import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { type BookOptions, SessionBook, type SessionEvent } from './book.js';
import type { EndReason, SessionKind } from './facts.js';
import type { SessionLimits } from './limits.js';
import type { Session } from './session.js';
import { amplyLimited, viewer } from './testing.js';

function bookOf(limits: Partial<SessionLimits> = {}, options: Partial<BookOptions> = {}) {
  const clock = new FakeClock();
  const events: SessionEvent[] = [];
  const book = new SessionBook({
    limits: { ...amplyLimited, ...limits },
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { book, clock, events };
}

const full = (limit: string) => (error: Error & { code?: string; details?: Record<string, unknown> }) =>
  error.code === 'full' && error.details?.['limit'] === limit && Number(error.details['retryAfterS']) > 0;

describe('the book of sessions', () => {
  it('admits as many viewers of a stream as its limit says, and one more when one has left', () => {
    const { book } = bookOf({ stream: 2 });
    const first = book.open(viewer());
    book.open(viewer({ kind: 'ts' }));
    assert.throws(() => book.open(viewer()), full('stream'));
    book.open(viewer({ stream: 'high' }));
    first.closed();
    book.open(viewer());
    assert.throws(() => book.open(viewer()), full('stream'));
  });

  it('counts those of a camera and of all cameras, too', () => {
    const { book, events } = bookOf({ camera: 2, all: 3 });
    book.open(viewer({ stream: 'a' }));
    book.open(viewer({ stream: 'b' }));
    assert.throws(() => book.open(viewer({ stream: 'c' })), full('camera'));
    book.open(viewer({ camera: 'yard' }));
    assert.throws(() => book.open(viewer({ camera: 'door' })), full('all'));
    assert.deepEqual(
      events.flatMap((one) => (one.event === 'refused' ? [[one.viewer.camera, one.limit]] : [])),
      [
        ['front', 'camera'],
        ['door', 'all'],
      ],
    );
    assert.deepEqual(book.totals().refused, { stream: 0, camera: 1, all: 1 });
    assert.equal(book.totals().open, 3);
  });

  it('never has more than its limits, whoever comes and goes', () => {
    const limits = { stream: 3, camera: 5, all: 7 };
    const { book } = bookOf(limits);
    const open: Session[] = [];
    const refusedFor = new Set<string>();
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    for (let step = 0; step < 20_000; step++) {
      if (random(2) === 0) open.splice(random(open.length), 1)[0]?.closed();
      else {
        const request = viewer({ camera: `c${random(3)}`, stream: `s${random(3)}` });
        const ofCamera = open.filter(({ viewer: { camera } }) => camera === request.camera);
        const ofStream = ofCamera.filter(({ viewer: { stream } }) => stream === request.stream);
        const counts = { stream: ofStream.length, camera: ofCamera.length, all: open.length };
        let refused: keyof typeof limits | null = null;
        try {
          open.push(book.open(request));
        } catch (error) {
          refused = (error as { details: { limit: keyof typeof limits } }).details.limit;
          refusedFor.add(refused);
        }
        if (refused !== null) assert.equal(counts[refused], limits[refused], `refused for ${refused}`);
        else
          for (const limit of ['stream', 'camera', 'all'] as const)
            assert.ok(counts[limit] < limits[limit], `one more than ${limit} allows`);
      }
      assert.equal(book.sessions().length, open.length);
    }
    assert.deepEqual(refusedFor, new Set(['stream', 'camera', 'all']));
  });

  it('tells native code how much room the other kinds leave it', () => {
    const { book } = bookOf({ stream: 3, camera: 4, all: 10 });
    book.open(viewer());
    book.open(viewer({ stream: 'high' }));
    const rtsp = book.open(viewer({ kind: 'rtsp' }));
    assert.deepEqual(book.roomFor('rtsp', 'front', 'low'), { 'front/low': 2, front: 2, '': 8 });
    rtsp.closed();
    assert.deepEqual(book.roomFor('rtsp', 'front', 'low'), { 'front/low': 2, front: 2, '': 8 });
  });

  it('ends whoever lets a write wait for too long, and nobody else', async () => {
    const { book, clock } = bookOf({ blockedMs: 10_000 });
    const ended: EndReason[] = [];
    const stuck: Session = book.open(
      viewer({
        end(reason) {
          ended.push(reason);
          stuck.closed();
        },
      }),
    );
    const healthy = book.open(viewer());
    stuck.handed(1000);
    for (let second = 0; second < 10; second++) {
      healthy.handed(1000);
      await clock.advance(1000);
      healthy.taken();
      book.tick();
    }
    assert.deepEqual(ended, []);
    await clock.advance(1000);
    book.tick();
    assert.deepEqual(ended, ['slow']);
    assert.equal(healthy.state, 'active');
    assert.equal(book.find(stuck.id)?.reason, 'slow');
    assert.equal(book.find(stuck.id)?.blockedMs, 11_000);
  });

  it('ends a client that trickles: its oldest write counts, not its latest byte', async () => {
    const { book, clock } = bookOf({ blockedMs: 10_000 });
    const session = book.open(viewer());
    for (let write = 0; write < 20; write++) session.handed(10);
    session.taken();
    for (let second = 0; second < 11; second++) {
      await clock.advance(1000);
      book.tick();
    }
    assert.equal(session.state, 'error');
  });

  it('ends the idle at a sweep', async () => {
    const { book, clock } = bookOf({ idleMs: 300_000 });
    const session = book.open(viewer());
    await clock.advance(300_000);
    book.sweep();
    assert.equal(session.reason, null);
    await clock.advance(1);
    book.sweep();
    assert.equal(session.reason, 'idle');
  });

  it('ends one for whoever asks, and says when there is none', () => {
    const { book } = bookOf();
    const session: Session = book.open(viewer({ end: () => session.closed() }));
    assert.equal(book.dismiss(session.id), true);
    assert.equal(book.find(session.id)?.reason, 'dismissed');
    assert.equal(book.dismiss(session.id), false);
    assert.equal(book.dismiss('s99'), false);
  });

  it('lists by camera, stream and kind, the newest first', () => {
    const { book } = bookOf();
    const kinds: SessionKind[] = ['mjpeg', 'rtsp', 'ts'];
    for (const kind of kinds) book.open(viewer({ kind, camera: kind === 'ts' ? 'yard' : 'front' }));
    assert.deepEqual(
      book.sessions().map(({ kind }) => kind),
      ['ts', 'rtsp', 'mjpeg'],
    );
    assert.deepEqual(
      book.sessions({ camera: 'front' }).map(({ kind }) => kind),
      ['rtsp', 'mjpeg'],
    );
    assert.deepEqual(
      book.sessions({ camera: 'front', kind: 'rtsp' }).map(({ id }) => id),
      ['s2'],
    );
    assert.deepEqual(book.sessions({ stream: 'other' }), []);
  });

  it('keeps so many of those that ended, the newest first, and counts the others', () => {
    const { book } = bookOf({}, { historyBound: 3 });
    for (let one = 0; one < 5; one++) book.open(viewer({ camera: `c${one}` })).closed();
    assert.deepEqual(
      book.ended().map(({ camera }) => camera),
      ['c4', 'c3', 'c2'],
    );
    assert.equal(book.forgotten, 2);
    assert.equal(book.ended({ camera: 'c3' }).length, 1);
    assert.equal(book.find('s1'), undefined);
    assert.equal(book.sessions().length, 0);
  });

  it('adds up what open and ended sessions took', async () => {
    const { book, clock } = bookOf();
    const gone = book.open(viewer());
    gone.handed(1000, 1, 5);
    gone.taken();
    await clock.advance(2000);
    gone.dropped(2);
    gone.closed();
    const there = book.open(viewer({ kind: 'ts' }));
    there.handed(500, 1, 5);
    there.taken();
    const totals = book.totals();
    assert.deepEqual(
      { ...totals, ended: totals.ended.left, refused: totals.refused.all },
      {
        open: 1,
        peak: 1,
        opened: 2,
        bytes: 1500,
        frames: 2,
        dropped: 2,
        blockedMs: 0,
        bitrateBps: 0,
        averageDurationMs: 2000,
        averageBitrateBps: 4000,
        ended: 1,
        refused: 0,
      },
    );
    assert.deepEqual(
      book.tallies().map(({ kind, open, opened, bytes }) => ({ kind, open, opened, bytes })),
      [
        { kind: 'mjpeg', open: 0, opened: 1, bytes: 1000 },
        { kind: 'ts', open: 1, opened: 1, bytes: 500 },
      ],
    );
    assert.deepEqual([...book.endedByKind], [{ kind: 'mjpeg', reason: 'left', count: 1 }]);
  });

  it('tells of each that comes and goes, once', () => {
    const { book, events } = bookOf();
    const session = book.open(viewer());
    session.closed();
    session.closed();
    assert.deepEqual(
      events.map((one) => [one.event, one.event === 'refused' ? null : one.session.state]),
      [
        ['opened', 'created'],
        ['ended', 'disconnected'],
      ],
    );
  });

  it('that is closed ends all and admits none', () => {
    const { book } = bookOf();
    const session = book.open(viewer());
    book.close();
    assert.equal(session.reason, 'closing');
    assert.throws(() => book.open(viewer()), { code: 'unavailable' });
  });
});
