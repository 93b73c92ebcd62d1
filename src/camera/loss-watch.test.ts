import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullCapabilities } from '../plan/capabilities.js';
import { rawDelivery } from '../plan/delivery.js';
import { planStage } from '../plan/stage.js';
import { camera } from '../plan/testing.js';
import { LossWatch } from './loss-watch.js';
import type { StatsEvent } from './messages.js';
import { statsEvent, unmoved } from './testing.js';

const plan = planStage({
  camera: 'front',
  profile: camera({
    high: { codec: 'h264', width: 640, height: 360, framerate: 30, outputs: ['rtsp'] },
    low: { codec: 'jpeg', width: 320, height: 180, framerate: 15 },
  }),
  delivery: rawDelivery,
  capabilities: fullCapabilities,
  instance: null,
  ringFolder: '/dev/shm',
});

interface Second {
  /** Frames that this place loses of 30. */
  gate?: number;
  high?: number;
  low?: number;
  highOpen?: boolean;
  openings?: number;
  /** It takes frames and gives none. */
  highStuck?: boolean;
  /** How much later it comes than it should. */
  lateS?: number;
}

/** A core that counts on from one second to the next. */
class Core {
  readonly watch = new LossWatch(plan);
  #atNs = 0;
  readonly #lost = { gate: 0, high: 0, low: 0 };
  readonly #published = { high: 0, low: 0 };
  #seconds = 0;

  say(second: Second = {}, times = 1): this {
    for (let time = 0; time < times; time++) this.watch.add(this.#next(second));
    return this;
  }

  #next({
    gate = 0,
    high = 0,
    low = 0,
    highOpen = true,
    highStuck = false,
    openings = 1,
    lateS = 0,
  }: Second): StatsEvent {
    this.#atNs += (1 + lateS) * 1e9;
    this.#seconds += 1;
    this.#lost.gate += gate;
    this.#lost.high += high;
    this.#lost.low += low;
    if (!highStuck) this.#published.high += 1;
    this.#published.low += 1;
    const entered = 30 * this.#seconds;
    const counts = { ...unmoved, openings };
    return statsEvent({
      atNs: this.#atNs,
      gate: { captured: entered, dropped: this.#lost.gate },
      streams: {
        high: { ...counts, published: this.#published.high, open: highOpen },
        low: { ...counts, published: this.#published.low, open: true },
      },
      flow: {
        source: {},
        stage: {
          'high.queue': { entered, lost: this.#lost.high },
          'low.queue': { entered, lost: this.#lost.low },
        },
      },
    });
  }
}

test('a branch that loses frames in three of four seconds loses them lastingly, the other not at all', () => {
  const { watch } = new Core().say().say({ high: 9 }, 4);
  assert.deepEqual(watch.of('high'), { place: 'high.queue', came: 120, lost: 36, seconds: 4, lasting: true });
  assert.equal(watch.of('low'), null);
  assert.equal(new Core().say().say({ high: 9 }, 2).say().say({ high: 9 }).watch.of('high')?.lasting, true);
  assert.equal(new Core().say().say({ high: 9 }, 2).say({}, 2).watch.of('high')?.lasting, false);
});

test('nothing is said before there are four seconds, nor of a loss that is not worth it', () => {
  assert.equal(new Core().say().say({ high: 9 }, 3).watch.of('high'), null);
  assert.equal(new Core().say().say({ high: 2 }, 4).watch.of('high'), null);
  assert.equal(new Core().say({ high: 30 }, 1).say({}, 4).watch.of('high'), null);
});

test('a burst is a loss, but not a lasting one', () => {
  const { watch } = new Core().say().say({}, 3).say({ high: 25 });
  assert.deepEqual([watch.of('high')?.lost, watch.of('high')?.lasting], [25, false]);
});

test('an encoder that gives nothing is stuck, not slow; one that gives a frame now and then is slow', () => {
  const high = 30;
  const stuck = new Core().say({}, 5);
  for (let second = 0; second < 10; second++)
    assert.equal(stuck.say({ high, highStuck: true }).watch.of('high'), null, `${second}`);
  const slow = new Core()
    .say()
    .say({ high, highStuck: true }, 2)
    .say({ high })
    .say({ high, highStuck: true });
  assert.deepEqual(slow.watch.of('high'), {
    place: 'high.queue',
    came: 90,
    lost: 90,
    seconds: 3,
    lasting: true,
  });
});

test('what is lost at the gate is lost for all; the place that loses most is told', () => {
  const { watch } = new Core().say().say({ gate: 12, high: 6 }, 4);
  assert.deepEqual([watch.of('high')?.place, watch.of('low')?.place], ['gate', 'gate']);
});

test('a source that gives nothing loses nothing', () => {
  const stats = (atNs: number) => statsEvent({ atNs, gate: { captured: 100, dropped: 40 } });
  const watch = new LossWatch(plan);
  for (let second = 0; second < 10; second++) watch.add(stats(second * 1e9));
  assert.equal(watch.of('high'), null);
});

test('a branch that was closed in between is looked at anew, and so is all after a silence or another stage', () => {
  const high = 9;
  assert.equal(
    new Core().say({ high }, 3).say({ highOpen: false }).say({ high, openings: 2 }, 3).watch.of('high'),
    null,
  );
  assert.equal(new Core().say({ high }, 3).say({ high, openings: 2 }, 2).watch.of('high'), null);
  assert.equal(new Core().say({ high }, 4).say({ high, lateS: 5 }).watch.of('high'), null);
  const { watch } = new Core().say({ high }, 5);
  assert.notEqual(watch.of('high'), null);
  watch.become(plan);
  assert.equal(watch.of('high'), null);
});
