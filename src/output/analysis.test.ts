import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { FakeClock, settled } from '../base/fake-clock.js';
import type { SessionLimits } from '../session/limits.js';
import { stopCodes } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { everyMessageIsReleased } from '../stream/testing.js';
import { StreamAnalysis } from './analysis.js';
import { Publisher, testAudience, testPad } from './testing.js';

const asker = { socket: { remoteAddress: '10.0.0.7', remotePort: 50_000 } } as IncomingMessage;

function make(limits: Partial<SessionLimits> = {}) {
  const clock = new FakeClock();
  const pad = testPad();
  const { book, audience } = testAudience(limits);
  const analysis = new StreamAnalysis(pad, audience, { clock, nowNs: () => clock.now() * 1e6 });
  return { clock, pad, book, analysis, ...play(clock, pad) };
}

/** Ten frames of 1000 bytes a second, for so long. */
function play(clock: FakeClock, pad: Pad) {
  const publisher = new Publisher(pad);
  return {
    async play(seconds: number) {
      for (let frame = 0; frame < seconds * 10; frame++) {
        const ptsNs = clock.now() * 1e6;
        publisher.publish(new Uint8Array(1000), { ptsNs, dtsNs: ptsNs });
        await clock.advance(100);
      }
    },
  };
}

/** What a promise has come to by now. */
async function now<T>(promise: Promise<T>): Promise<T | 'waits'> {
  await settled();
  return Promise.race([promise, Promise.resolve('waits' as const)]);
}

describe('the analysis of a stream', () => {
  everyMessageIsReleased();

  it('runs from the first request on, and answers when it has measured for a second', async () => {
    const { analysis, pad, book, play } = make();
    assert.deepEqual([pad.targetCount, book.sessions().length], [0, 0]);
    const answer = analysis.report(asker, null);
    assert.equal(pad.targetCount, 1);
    await play(0.9);
    assert.equal(await now(answer), 'waits');
    await play(0.1);
    const { window, keptForS } = await answer;
    assert.deepEqual([window.seconds, window.framerate, window.bitrateBps, keptForS], [1, 10, 80_000, 10]);
    const [session] = book.sessions();
    assert.deepEqual(
      [session?.kind, session?.client, session?.state, session?.frames, session?.bytes],
      ['analysis', '10.0.0.7:50000', 'active', 10, 10_000],
    );
    analysis.close();
  });

  it('answers the next request at once, of ten seconds at most', async () => {
    const { analysis, pad, book, play } = make();
    const first = analysis.report(asker, null);
    await play(1);
    await first;
    for (const seconds of [5, 9]) {
      await play(seconds);
      const { window } = await analysis.report(asker, null);
      assert.equal(window.seconds, Math.min(1 + seconds, 10));
    }
    assert.deepEqual([pad.targetCount, book.sessions().length], [1, 1]);
    analysis.close();
  });

  it('waits for as many seconds as are asked for, and tells of so many', async () => {
    const { analysis, play } = make();
    const [one, three] = [analysis.report(asker, 1), analysis.report(asker, 3)];
    await play(2);
    assert.equal((await one).window.seconds, 1);
    assert.equal(await now(three), 'waits');
    await play(1);
    const { window, total } = await three;
    assert.deepEqual([window.seconds, window.frameBytes.all.count, total.seconds], [3, 30, 3]);
    analysis.close();
  });

  it('ends ten seconds after its last answer, and leaves nothing behind', async () => {
    const { analysis, pad, book, play, clock } = make();
    const answer = analysis.report(asker, 12);
    await play(12);
    await answer;
    await play(9);
    await analysis.report(asker, null);
    await play(9.9);
    assert.equal(pad.targetCount, 1);
    await clock.advance(100);
    assert.deepEqual([pad.targetCount, clock.pending], [0, 0]);
    assert.deepEqual([book.sessions(), book.ended()[0]?.reason], [[], 'left']);
    const again = analysis.report(asker, null);
    await play(1);
    assert.equal((await again).total.frameBytes.all.count, 10);
    analysis.close();
  });

  it('says so when no frame comes, and is there when one does', async () => {
    const { analysis, play, clock } = make();
    const refused = assert.rejects(analysis.report(asker, null), { code: 'unavailable' });
    await clock.advance(5000);
    await refused;
    const answer = analysis.report(asker, null);
    await play(1);
    assert.equal((await answer).window.framerate, 10);
    analysis.close();
  });

  it('ends with its stream, and whoever waits is told', async () => {
    const { analysis, pad, book, play, clock } = make();
    const refused = assert.rejects(analysis.report(asker, 5), { code: 'unavailable' });
    await play(1);
    pad.close(stopCodes.sourceDeleted, 'the stream was taken away');
    await refused;
    assert.deepEqual([book.ended()[0]?.reason, clock.pending], ['stream-gone', 0]);
    await assert.rejects(analysis.report(asker, null), /is closed/);
    assert.deepEqual([book.sessions(), book.ended()[0]?.reason], [[], 'failed']);
  });

  it('is a session that can be ended, and has a place among the others', async () => {
    const { analysis, pad, book } = make({ stream: 1 });
    const refused = assert.rejects(analysis.report(asker, null), { code: 'unavailable' });
    const [session] = book.sessions();
    book.dismiss(session?.id ?? '');
    await refused;
    assert.deepEqual([pad.targetCount, book.ended()[0]?.reason], [0, 'dismissed']);
    const { analysis: full, book: taken } = make({ stream: 0 });
    await assert.rejects(full.report(asker, null), { code: 'full' });
    assert.equal(taken.totals().refused.stream, 1);
  });

  it('goes on when its stream gets another pad', async () => {
    const { analysis, pad, book, play: before, clock } = make();
    const answer = analysis.report(asker, 2);
    await before(1);
    const next = testPad();
    analysis.follow(next);
    pad.close(stopCodes.sourceDeleted, 'the stream is another one');
    await play(clock, next).play(1);
    assert.equal((await answer).window.frameBytes.all.count, 20);
    assert.equal(book.sessions().length, 1);
    analysis.close();
  });
});
