import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Capabilities } from '../plan/capabilities.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { rawDelivery } from '../plan/delivery.js';
import { planStage } from '../plan/stage.js';
import { camera } from '../plan/testing.js';
import { EncoderWatch } from './encoder-watch.js';
import type { StatsEvent } from './messages.js';
import { statsEvent, unmoved } from './testing.js';

const withV4l2: Capabilities = {
  ...fullCapabilities,
  encoders: { v4l2h264enc: { works: true, detail: '' } },
};

function planOf(capabilities: Capabilities, framerate: number | string = 30) {
  const streams = {
    high: { codec: 'h264', width: 640, height: 360, framerate },
    low: { codec: 'jpeg', width: 320, height: 180, framerate: 30 },
  };
  return planStage({
    camera: 'front',
    profile: camera(streams),
    delivery: rawDelivery,
    capabilities,
    instance: null,
    ringFolder: '/dev/shm',
  });
}

/** Counters as a core tells them, one second after another. */
class Counters {
  #seconds = 0;
  #entered = 0;
  #published = 0;

  next({ open = true, takes = 30, gives = 30 } = {}): StatsEvent {
    this.#seconds += 1;
    this.#entered += takes;
    this.#published += gives;
    return statsEvent({
      atNs: this.#seconds * 1e9,
      streams: { high: { ...unmoved, open, published: this.#published } },
      flow: { source: {}, stage: { 'high.queue': { entered: this.#entered, lost: 0 } } },
    });
  }
}

test('the stage fails at an element of a hardware encoder’s chain, or elsewhere', () => {
  const watch = new EncoderWatch(planOf(withV4l2));
  for (const node of ['high.pace', 'high.encode', 'high.parse', 'high.ring'])
    assert.deepEqual(watch.stageFailed(node, 'no'), { encoder: 'v4l2h264enc', why: 'no' }, node);
  for (const node of ['tee', 'high.queue', 'low.encode', 'inlet'])
    assert.equal(watch.stageFailed(node, 'no'), null, node);
  const software = new EncoderWatch(planOf(fullCapabilities));
  assert.equal(software.stageFailed('high.encode', 'no'), null);
});

test('a core that dies once while it encodes may have had any cause, twice in a row is the encoder', () => {
  const watch = new EncoderWatch(planOf(withV4l2));
  const counters = new Counters();
  assert.equal(watch.coreDied(), null, 'nothing was encoded');
  assert.equal(watch.coreDied(), null, 'nothing was encoded');
  const dies = (seconds: number, open = true) => {
    for (let second = 0; second < seconds; second++) assert.equal(watch.stats(counters.next({ open })), null);
    return watch.coreDied();
  };
  assert.equal(dies(3), null);
  assert.equal(dies(3, false), null, 'nobody watched');
  assert.equal(dies(100), null, 'it had run for long');
  assert.deepEqual(dies(3), {
    encoder: 'v4l2h264enc',
    why: "the camera's worker died 2 times while it encoded",
  });
});

test('one that was blamed comes back when cores die without it too, and is not blamed for these deaths again', () => {
  const [hardware, software] = [planOf(withV4l2), planOf(fullCapabilities)];
  const watch = new EncoderWatch(hardware);
  const counters = new Counters();
  const dies = (seconds: number) => {
    for (let second = 0; second < seconds; second++) watch.stats(counters.next());
    const acquitted = watch.acquitted();
    return [acquitted, watch.coreDied()?.encoder ?? null];
  };
  assert.deepEqual(dies(3), [null, null]);
  assert.deepEqual(dies(3), [null, 'v4l2h264enc']);
  watch.become(software);
  assert.deepEqual(dies(3), ['v4l2h264enc', null]);
  watch.become(hardware);
  assert.deepEqual([dies(3), dies(3), dies(3)], Array(3).fill([null, null]));
  assert.deepEqual(dies(100), [null, null], 'what it died of then is another matter');
  assert.deepEqual(dies(3), [null, 'v4l2h264enc']);
  watch.become(software);
  assert.deepEqual(dies(100), [null, null], 'without it a core lived for long');
  assert.deepEqual(dies(3), [null, null]);
});

test('frames that go in and never come out', () => {
  const watch = new EncoderWatch(planOf(withV4l2));
  const counters = new Counters();
  const after = (seconds: number, how: Parameters<Counters['next']>[0]) => {
    let found = null;
    for (let second = 0; second < seconds; second++) found ??= watch.stats(counters.next(how));
    return found;
  };
  assert.equal(after(20, {}), null);
  assert.equal(after(20, { open: false, gives: 0 }), null, 'nobody watches');
  assert.equal(after(20, { takes: 0, gives: 0 }), null, 'the camera sleeps');
  assert.equal(after(4, { gives: 0 }), null, 'it takes its time');
  assert.equal(after(1, {}), null);
  assert.deepEqual(after(7, { gives: 0 }), {
    encoder: 'v4l2h264enc',
    why: 'it took frames for 5 s and gave none',
  });
});

test('a stream of few frames is waited for', () => {
  const watch = new EncoderWatch(planOf(withV4l2, 0.5));
  const counters = new Counters();
  for (let second = 0; second < 18; second++)
    assert.equal(watch.stats(counters.next({ gives: 0 })), null, `after ${second} s`);
  watch.become(planOf(fullCapabilities));
  for (let second = 0; second < 30; second++) assert.equal(watch.stats(counters.next({ gives: 0 })), null);
});
