import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock, settled } from '../base/fake-clock.js';
import { SessionBook } from '../session/book.js';
import { amplyLimited, viewer } from '../session/testing.js';
import { BoundedWriter, type ByteSink } from './http-viewer.js';

/** A socket whose kernel takes what it is told to. */
class Sink implements ByteSink {
  readonly #under: ((taken: boolean) => void)[] = [];
  write(_parts: readonly Uint8Array[], done: (taken: boolean) => void): void {
    this.#under.push(done);
  }
  take(): void {
    this.#under.shift()?.(true);
  }
  lose(): void {
    this.#under.shift()?.(false);
  }
}

function writing(backlogBytes: number) {
  const clock = new FakeClock();
  const book = new SessionBook({ limits: { ...amplyLimited, blockedMs: 10_000 }, clock });
  const session = book.open(viewer());
  const sink = new Sink();
  return { clock, book, session, sink, writer: new BoundedWriter(sink, session, backlogBytes) };
}

const frame = { frames: 1, ageMs: 5 };

describe('what may wait in the socket of a client', () => {
  it('is bounded, but an empty socket takes a frame of any size', () => {
    const { writer, sink, session } = writing(1000);
    assert.equal(writer.takes(5000), true);
    writer.write([new Uint8Array(5000)], frame);
    assert.equal(writer.takes(1), false);
    sink.take();
    writer.write([new Uint8Array(300), new Uint8Array(300)], frame);
    assert.equal(session.waitingBytes, 600);
    assert.equal(writer.takes(400), true);
    assert.equal(writer.takes(401), false);
  });

  it('is waited for, and no longer than the session lasts', async () => {
    const { writer, sink, session } = writing(1000);
    writer.write([new Uint8Array(800)], frame);
    writer.write([new Uint8Array(200)], frame);
    let room = false;
    const waiting = writer.room(900).then(() => {
      room = true;
    });
    sink.take();
    await settled();
    assert.equal(room, false, 'the first has left, the second still fills it');
    sink.take();
    await waiting;

    writer.write([new Uint8Array(1000)], frame);
    const over = writer.room(1);
    session.closed();
    sink.lose();
    await over;
    assert.equal(session.facts().bytes, 1000, 'what the kernel never took does not count');
  });

  it('may not wait for ever: a client that trickles is ended for being slow', async () => {
    const { clock, book, writer, sink, session } = writing(1000);
    for (let write = 0; write < 10; write++) writer.write([new Uint8Array(100)], frame);
    for (let second = 0; second < 4; second++) {
      await clock.advance(5000);
      sink.take();
      book.tick();
    }
    assert.equal(session.reason, 'slow');
    assert.equal(session.state, 'error');
  });
});
