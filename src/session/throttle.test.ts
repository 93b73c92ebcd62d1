import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { type Piece, Throttle, type ThrottleRules } from './throttle.js';

const FRAME_MS = 40;
const FRAME_BYTES = 1000;

function frame(sequence: number): Piece {
  return { sequence, captureNs: sequence * FRAME_MS * 1e6, data: new Uint8Array(FRAME_BYTES) };
}

/** When each of these left, all of which are there from the start. `roomMs`: how long the client takes to have room for one. */
async function leave(
  rules: Partial<ThrottleRules>,
  pieces: readonly Piece[],
  roomMs: (sequence: number) => number = () => 0,
) {
  const clock = new FakeClock();
  const throttle = new Throttle({ mode: 'realtime', bitrateBps: null, burstMs: 0, ...rules }, clock);
  const left: number[] = [];
  let done = false;
  const sending = (async () => {
    for (const piece of pieces) {
      const ms = roomMs(piece.sequence);
      if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve));
      await throttle.pass(piece);
      left.push(Math.round(clock.now()));
    }
    done = true;
  })();
  while (!done) await clock.advance(10);
  await sending;
  assert.equal(clock.pending, 0);
  return left;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const frames = (count: number) => numbers(count).map(frame);
/** How many of these leave in a second. */
const withinASecond = (left: readonly number[]) => left.filter((atMs) => atMs <= 1000).length;

describe('a throttle', () => {
  it('disabled, holds nothing', async () => {
    assert.deepEqual(await leave({ mode: 'disabled', bitrateBps: 10_000 }, frames(3)), [0, 0, 0]);
  });

  it('in real time, lets a second of the stream take a second', async () => {
    assert.deepEqual(await leave({}, frames(5)), [0, 40, 80, 120, 160]);
  });

  it('in real time at a bitrate, lets so many bits go in a second', async () => {
    assert.deepEqual(await leave({ bitrateBps: 80_000 }, frames(5)), [0, 100, 200, 300, 400]);
  });

  it('in bursts, holds nothing until the burst is spent', async () => {
    assert.deepEqual(await leave({ mode: 'burst', burstMs: 100 }, frames(6)), [0, 0, 0, 20, 60, 100]);
    const atRate = await leave({ mode: 'burst', burstMs: 200, bitrateBps: 80_000 }, frames(5));
    assert.deepEqual(atRate, [0, 0, 0, 100, 200]);
  });

  it('adaptive, goes faster and faster for a client that takes all', async () => {
    const left = await leave({ mode: 'adaptive' }, frames(500));
    const all = left.at(-1) ?? 0;
    assert.ok(all < (500 * FRAME_MS) / 2, `20 s of the stream left in ${all} ms`);
    assert.ok(withinASecond(left) < 100, `${withinASecond(left)} at once`);
  });

  it('adaptive, gives a client that takes little no more than a quarter above that', async () => {
    // It takes twice the pace of the stream, and then all at once.
    const left = await leave({ mode: 'adaptive' }, frames(420), (sequence) => (sequence <= 400 ? 20 : 0));
    const [from = 0, to = 0] = [left.at(-20), left.at(-1)];
    const pace = (19 * FRAME_MS) / (to - from);
    assert.ok(pace > 2 && pace < 2.7, `${pace} times the pace of the stream`);
  });

  it('holds nobody back for what was skipped', async () => {
    const pieces = [frame(1), frame(2), frame(200), frame(201)];
    assert.deepEqual(await leave({}, pieces), [0, 40, 40, 80]);
  });

  it('a camera that gave nothing for a while costs nothing afterwards', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle({ mode: 'realtime', bitrateBps: null, burstMs: 0 }, clock);
    await throttle.pass(frame(1));
    await clock.advance(60_000);
    const late = { ...frame(2), captureNs: 60_000 * 1e6 };
    assert.equal(await throttle.pass(late), 0);
  });

  it('says how long it held something, and lets go of it at its end', async () => {
    const clock = new FakeClock();
    const throttle = new Throttle({ mode: 'realtime', bitrateBps: 8000, burstMs: 0 }, clock);
    assert.equal(await throttle.pass(frame(1)), 0);
    const held = throttle.pass(frame(2));
    await clock.advance(1000);
    assert.equal(await held, 1000);
    const last = throttle.pass(frame(3));
    await clock.advance(300);
    throttle.end();
    assert.equal(await last, 300);
    assert.equal(await throttle.pass(frame(4)), 0);
    assert.equal(clock.pending, 0);
  });
});
