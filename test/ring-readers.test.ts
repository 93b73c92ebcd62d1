/** Strangers who read a ring: killed, asleep, or many, they cost nobody a frame. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { PythonReader } from './support/ring-readers.js';
import { until } from './support/until.js';

const rate = 30;
let appliance: RunningAppliance;

const untilReading = (reader: PythonReader) =>
  until('the reader has its first frame', () => reader.hasFrames, { withinMs: 20_000 });

describe('readers of a ring', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start({
        cameras: {
          front: {
            source: 'test',
            capture: { width: 640, height: 360, framerate: rate },
            // A second: so many readers start at once that one of them may wait for a processor.
            buffers: { ring: rate },
            streams: {
              analysis: {
                codec: 'raw',
                format: 'NV12',
                width: 640,
                height: 360,
                framerate: rate,
                linger: '1s',
              },
            },
          },
        },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('loses nothing to readers that are killed, that sleep, or that are many', {
    timeout: 90_000,
  }, async () => {
    await using witness = new PythonReader(appliance, 'front', 'analysis', 12);
    await using victim = new PythonReader(appliance, 'front', 'analysis', 60, 20);
    await using sleeper = new PythonReader(appliance, 'front', 'analysis', 60);
    for (const reader of [witness, victim, sleeper]) await untilReading(reader);
    // In the middle of a frame: it holds each for 20 of 33 ms.
    victim.signal('SIGKILL');
    sleeper.signal('SIGSTOP');
    const crowd = Array.from({ length: 8 }, () => new PythonReader(appliance, 'front', 'analysis', 3));
    const reports = await Promise.all(crowd.map((reader) => reader.report()));
    for (const { gaps, missed, torn } of reports)
      assert.deepEqual({ gaps, missed, torn }, { gaps: 0, missed: 0, torn: 0 });
    const seen = await witness.report();
    assert.deepEqual(
      { gaps: seen.gaps, missed: seen.missed, torn: seen.torn },
      { gaps: 0, missed: 0, torn: 0 },
    );
    assert.ok(Math.abs(seen.frames / seen.seconds - rate) < 1, JSON.stringify(seen));
  });

  it('opens the branch for a reader from outside, and closes it behind the last', {
    timeout: 60_000,
  }, async () => {
    const open = async () => (await appliance.stream('front', 'analysis')).open;
    await until('the branch is closed', async () => !(await open()), { withinMs: 15_000 });
    await using reader = new PythonReader(appliance, 'front', 'analysis', 30);
    await untilReading(reader);
    // Its numbers come once a second.
    await until('the branch is open', open, { withinMs: 5000 });
    reader.signal('SIGKILL');
    await until('the branch is closed again', async () => !(await open()), { withinMs: 15_000 });
  });
});
