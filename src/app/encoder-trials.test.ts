import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { settled } from '../base/fake-clock.js';
import type { EncoderTried } from '../plan/capabilities.js';
import { profileFromValue } from '../profile/load.js';
import { EncoderTrials } from './encoder-trials.js';

const works: EncoderTried = { works: true, detail: 'it takes 5 % of one core' };
const refused: EncoderTried = { works: false, detail: 'it gave no answer within 10 s' };

/** What is written, as the state folder has it. */
class FakeState {
  kept: unknown = null;
  writes = 0;

  async read<T>(): Promise<T | null> {
    return this.kept as T | null;
  }

  async write(_kind: unknown, content: unknown): Promise<void> {
    this.kept = structuredClone(content);
    this.writes += 1;
  }
}

interface Machine {
  state?: FakeState | null;
  elements?: readonly string[];
  gstreamer?: string;
  outcomes?: Readonly<Record<string, EncoderTried>>;
}

function start({ state = null, elements = ['vah264enc', 'x264enc'], ...rest }: Machine = {}) {
  const { gstreamer = '1.22.0', outcomes = {} } = rest;
  const tried: string[] = [];
  const lines: string[] = [];
  const answers: (() => void)[] = [];
  const begun = EncoderTrials.begin({
    native: {
      versions: { gstreamer, protocol: 1 },
      elements: async (names) => Object.fromEntries(names.map((name) => [name, elements.includes(name)])),
    },
    tryEncoder: ({ element }, signal) => {
      tried.push(element);
      return new Promise((resolve) => {
        const end = () => resolve(outcomes[element] ?? works);
        answers.push(end);
        signal?.addEventListener('abort', end);
      });
    },
    state,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }),
  });
  /** Lets those that were asked answer. */
  const answer = async () => {
    await settled();
    while (answers.length > 0) {
      for (const one of answers.splice(0)) one();
      await settled();
    }
  };
  return { begun, tried, lines, answer };
}

const size = { width: 64, height: 48, framerate: 5 };
const camerasWith = (stream: object) =>
  profileFromValue({ cameras: { front: { source: 'test', streams: { one: { ...size, ...stream } } } } }, '/')
    .profile.cameras;
const h264 = camerasWith({ codec: 'h264' });

/** Whether it is resolved by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await settled();
  return done;
}

test('who plans H.264 waits for the hardware, and nobody else does', async () => {
  const { begun, tried, answer } = start();
  const trials = await begun;
  const waiting = trials.knownFor(h264);
  assert.equal(await isDone(waiting), false);
  for (const stream of [{ codec: 'jpeg' }, { codec: 'raw' }, { codec: 'h264', encoder: 'x264enc' }])
    assert.ok(await isDone(trials.knownFor(camerasWith(stream))), JSON.stringify(stream));
  await answer();
  await waiting;
  assert.deepEqual(trials.capabilities.encoders, { vah264enc: works });
  assert.deepEqual(tried, ['vah264enc'], 'software is trusted');
});

test('an outcome is remembered, and what was refused is tried again while nobody waits', async () => {
  const state = new FakeState();
  const elements = ['v4l2h264enc', 'vah264enc'];
  const first = start({ state, elements, outcomes: { v4l2h264enc: refused } });
  const trials = await first.begun;
  await first.answer();
  await trials.knownFor(h264);
  await settled();

  const second = start({ state, elements });
  const remembering = await second.begun;
  await remembering.knownFor(h264);
  assert.deepEqual(remembering.capabilities.encoders, { v4l2h264enc: refused, vah264enc: works });
  assert.deepEqual(second.tried, []);
  const again = remembering.tryAgain();
  await second.answer();
  await again;
  assert.deepEqual(second.tried, ['v4l2h264enc']);
  assert.match(second.lines.join(), /v4l2h264enc works now, and is used from the next start on/);
  assert.deepEqual(remembering.capabilities.encoders?.['v4l2h264enc'], refused, 'this run stays as it is');

  const third = await start({ state, elements }).begun;
  assert.deepEqual(third.capabilities.encoders, { v4l2h264enc: works, vah264enc: works });
});

test('another system is tried anew, and so is an encoder that is new', async () => {
  const state = new FakeState();
  const first = start({ state });
  await first.begun;
  await first.answer();
  const other = start({ state, gstreamer: '1.26.2' });
  await other.begun;
  assert.deepEqual(other.tried, ['vah264enc']);
  const grown = start({ state, elements: ['vah264enc', 'mpph264enc'] });
  await grown.begun;
  assert.deepEqual(grown.tried, ['mpph264enc']);
});

test('one that is broken off is not remembered', async () => {
  const state = new FakeState();
  const { begun, lines } = start({ state });
  const trials = await begun;
  trials.close();
  await trials.knownFor(h264);
  assert.deepEqual([trials.capabilities.encoders, state.writes, lines], [{}, 0, []]);
});

test('a machine without hardware encoders tries nothing, and writes nothing', async () => {
  const state = new FakeState();
  const { begun, tried } = start({ state, elements: ['x264enc'] });
  const trials = await begun;
  await trials.knownFor(h264);
  await trials.tryAgain();
  assert.deepEqual([tried, state.writes], [[], 0]);
});

test('a state folder that cannot be used costs a trial, not the start', async () => {
  const broken = new FakeState();
  broken.read = () => Promise.reject(new Error('no'));
  broken.write = () => Promise.reject(new Error('no'));
  const { begun, answer, lines } = start({ state: broken });
  const trials = await begun;
  await answer();
  await trials.knownFor(h264);
  assert.deepEqual(trials.capabilities.encoders, { vah264enc: works });
  assert.equal(lines.filter((line) => line.includes('tried anew')).length, 2);
});
