import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Rung } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import {
  afterFailure,
  afterStep,
  decide,
  firstWaitMs,
  freshLadder,
  longestWaitMs,
  type Seen,
  type SeenStream,
  settleMs,
} from './ladder.js';
import { loweredStream, type Step } from './lowering.js';
import { streamOf } from './testing.js';

interface Made {
  width?: number;
  framerate?: number;
  priority?: number;
  codec?: string;
}

function stream(
  name: string,
  { width = 1280, framerate = 30, priority = 50, codec = 'h264' }: Made = {},
): SeenStream {
  const full = streamOf({ codec, width, height: (width * 9) / 16, framerate, priority });
  return {
    camera: 'front',
    stream: name,
    full,
    ladder: ['rate', 'bitrate'],
    open: true,
    encoded: true,
    loss: 'none',
  };
}

/** The ladder in a machine that says each second what it sees, given the steps that hold. */
class Machine {
  steps: readonly Step[] = [];
  taken: { atS: number; direction: 'down' | 'up'; stream: string; rung: Rung }[] = [];
  nowMs = 0;
  state = freshLadder(0);

  constructor(readonly see: (machine: Machine) => Seen) {}

  run(seconds: number): this {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1000;
      const { decision, state } = decide(this.state, this.steps, this.see(this), this.nowMs);
      this.state = state;
      if (!decision) continue;
      const { direction, step } = decision;
      this.taken.push({ atS: this.nowMs / 1000, direction, stream: step.stream, rung: step.rung });
      this.steps = direction === 'down' ? [...this.steps, step] : this.steps.slice(0, -1);
      this.state = afterStep(this.state, direction, this.nowMs);
    }
    return this;
  }

  /** Pixels a second of all streams with the steps that hold. */
  cost(streams: readonly SeenStream[]): number {
    return streams.reduce((sum, { stream: name, full }) => {
      const now = loweredStream(
        full,
        this.steps.filter((step) => step.stream === name),
      );
      return sum + now.width * now.height * perSecond(now.framerate);
    }, 0);
  }
}

const said = ({ taken }: Machine) =>
  taken.map(({ direction, stream: name, rung }) => `${direction} ${name} ${rung}`);
const all = (streams: readonly SeenStream[], loss: SeenStream['loss']) =>
  streams.map((one) => ({ ...one, loss }));

test('the stream of the lowest priority goes down to its floor, then the next; the first among the last', () => {
  const streams = [
    stream('high', { priority: 90, framerate: 10 }),
    stream('low', { priority: 10, framerate: 10 }),
    stream('medium', { framerate: 10 }),
  ];
  const machine = new Machine(() => ({ streams: all(streams, 'overloaded'), machineFull: true })).run(120);
  const whole = ['rate', 'bitrate', 'bitrate'];
  assert.deepEqual(
    said(machine),
    ['low', 'medium', 'high'].flatMap((name) => whole.map((rung) => `down ${name} ${rung}`)),
  );
});

test('among equals the rates go down first, in turn, beginning with what costs most', () => {
  const streams = [stream('small', { width: 640 }), stream('large')];
  const machine = new Machine(() => ({ streams: all(streams, 'overloaded'), machineFull: true })).run(35);
  const [first, second] = ['large', 'small'];
  assert.deepEqual(said(machine).slice(0, 6), [
    `down ${first} rate`,
    `down ${second} rate`,
    `down ${first} rate`,
    `down ${second} rate`,
    `down ${first} rate`,
    `down ${second} rate`,
  ]);
});

test('with time left on the processors, only what suffers itself is lowered', () => {
  const streams = [
    { ...stream('slow', { priority: 90 }), loss: 'overloaded' as const },
    stream('fine', { priority: 0 }),
  ];
  const idle = new Machine(() => ({ streams, machineFull: false })).run(1);
  assert.deepEqual(said(idle), ['down slow rate']);
  const full = new Machine(() => ({ streams, machineFull: true })).run(1);
  assert.deepEqual(said(full), ['down fine rate']);
});

test('nothing happens without lasting loss, to closed streams, to those passed on, and at the floor', () => {
  const open = stream('open');
  const cases: SeenStream[][] = [
    all([open], 'none'),
    all([open], 'strained'),
    all([{ ...open, open: false }], 'overloaded'),
    all([{ ...open, encoded: false }], 'overloaded'),
    all([{ ...open, ladder: [] }], 'overloaded'),
    [],
  ];
  for (const streams of cases)
    assert.deepEqual(said(new Machine(() => ({ streams, machineFull: true })).run(300)), []);
});

test('an idle stream is not lowered for a busy one', () => {
  const idle = { ...stream('idle', { priority: 0 }), open: false };
  const busy = { ...stream('busy', { priority: 90 }), loss: 'overloaded' as const };
  const machine = new Machine(() => ({ streams: [idle, busy], machineFull: true })).run(60);
  assert.ok(machine.taken.length > 0 && machine.taken.every(({ stream: name }) => name === 'busy'));
});

test('when the load has ended, the steps are taken back one by one, the last one first', () => {
  const streams = [stream('high')];
  const machine = new Machine(({ nowMs }) => ({
    streams: all(streams, nowMs < 12_000 ? 'overloaded' : 'none'),
    machineFull: true,
  })).run(120);
  assert.deepEqual(
    machine.taken.map(({ atS, direction }) => [direction, atS]),
    [
      ['down', 1],
      ['down', 6],
      ['down', 11],
      ['up', 31],
      ['up', 51],
      ['up', 71],
    ],
  );
  assert.equal(machine.steps.length, 0);
});

test('a little loss now and then keeps it where it is', () => {
  const streams = [stream('high')];
  const machine = new Machine(({ nowMs }) => ({
    streams: all(streams, nowMs <= 2000 ? 'overloaded' : nowMs % 15_000 === 0 ? 'strained' : 'none'),
    machineFull: true,
  })).run(600);
  assert.deepEqual(said(machine), ['down high rate']);
});

test('a step up that does not hold doubles the wait up to a quarter of an hour; one that holds makes it short again', () => {
  const streams = [stream('high')];
  let room = 15;
  const machine = new Machine((now) => ({
    streams: all(streams, now.cost(streams) > 1280 * 720 * room ? 'overloaded' : 'none'),
    machineFull: true,
  })).run(4 * 3600);
  const ups = machine.taken.filter(({ direction }) => direction === 'up').map(({ atS }) => atS);
  const waits = ups.slice(1).map((atS, index) => atS - (ups[index] ?? 0) - settleMs / 1000);
  assert.deepEqual(waits.slice(0, 7), [40, 80, 160, 320, 640, 900, 900]);
  assert.equal(longestWaitMs, 900_000);
  room = 30;
  machine.run(1100);
  room = 7.5;
  machine.run(15);
  assert.equal(machine.steps.length, 2);
  room = 30;
  machine.run(2 * (firstWaitMs / 1000) + 1);
  assert.equal(machine.steps.length, 0);
});

test('what cannot be done is not tried again at once', () => {
  const seen = { streams: all([stream('high')], 'overloaded'), machineFull: true };
  const failed = afterFailure(freshLadder(0), 1000);
  assert.equal(decide(failed, [], seen, 20_999).decision, null);
  assert.equal(decide(failed, [], seen, 21_000).decision?.direction, 'down');
  assert.equal(failed.waitMs, 2 * firstWaitMs);
});

const written = fc.record({
  width: fc.constantFrom(320, 640, 1280),
  framerate: fc.constantFrom(5, 10, 30),
  priority: fc.constantFrom(10, 50, 90),
  codec: fc.constantFrom('h264', 'jpeg', 'raw'),
});
/** What the machine can do, in a part of what the streams cost, for so many seconds. */
const weather = fc.array(
  fc.tuple(fc.double({ min: 0, max: 1.2, noNaN: true }), fc.integer({ min: 1, max: 300 })),
  {
    minLength: 1,
    maxLength: 8,
  },
);

test('whatever the load does: a step down waits before a step up, and all of it comes back in the end', () => {
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), weather, (made, changes) => {
      const streams = made.map((one, index) => stream(`s${index}`, one));
      let room = 0;
      const machine = new Machine((now) => {
        const part = now.cost(streams) / Math.max(1, room);
        const loss = part <= 1 ? 'none' : part < 1.1 ? 'strained' : 'overloaded';
        return { streams: all(streams, loss), machineFull: true };
      });
      const full = machine.cost(streams);
      for (const [part, seconds] of changes) {
        room = full * part;
        machine.run(seconds);
      }
      room = full * 2;
      machine.run((machine.steps.length + 1) * (longestWaitMs / 1000 + 1));
      assert.deepEqual(machine.steps, []);
      assert.equal(machine.cost(streams), full);
      const { taken } = machine;
      for (const [index, { atS, direction }] of taken.entries()) {
        const before = taken[index - 1];
        if (before) assert.ok(atS - before.atS >= (direction === 'up' ? firstWaitMs : settleMs) / 1000);
      }
    }),
    { numRuns: 200 },
  );
});

test('no stream goes below its floor', () => {
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 4 }), (made) => {
      const streams = made.map((one, index) => ({
        ...stream(`s${index}`, one),
        ladder: ['rate', 'bitrate', 'size'] as const,
      }));
      const machine = new Machine(() => ({ streams: all(streams, 'overloaded'), machineFull: true })).run(
        600,
      );
      for (const { stream: name, full } of streams) {
        const now = loweredStream(
          full,
          machine.steps.filter((step) => step.stream === name),
        );
        assert.ok(
          perSecond(now.framerate) >= 5 && now.width >= 320 && now.width % 2 === 0 && now.height % 2 === 0,
        );
        if (now.codec === 'jpeg') assert.equal(now.quality, 30);
        if (now.codec === 'h264') assert.ok(now.bitrateBps >= 100_000 && now.gopFrames >= 1);
      }
    }),
    { numRuns: 100 },
  );
});
