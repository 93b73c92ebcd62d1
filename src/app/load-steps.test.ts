/** What becomes of steps down while the profile changes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../base/log.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { type Delivery, rawDelivery } from '../plan/delivery.js';
import {
  changeProfile,
  type Deliveries,
  type ProfileChange,
  type RunningCamera,
} from '../plan/profile-change.js';
import type { Profile } from '../profile/profile.js';
import type { HeldStep } from './load-keeper.js';
import { ProfileControl } from './profile-control.js';
import { ProfileKeeper } from './profile-keeper.js';
import { stagePlanning } from './stage-planning.js';
import { StateFolder } from './state-folder.js';

const folder = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
process.env['STATE_DIRECTORY'] = folder;
after(() => rm(folder, { recursive: true }));

const planning = stagePlanning(fullCapabilities, null);
const high = { codec: 'h264', width: 1280, height: 720, framerate: 30 };
const low = { codec: 'jpeg', width: 320, height: 180, framerate: 10 };

/** Cameras that are only planned. */
class PlannedCameras {
  running: readonly RunningCamera[] = [];
  refuses = false;

  plan(wanted: Profile['cameras'], deliveries?: Deliveries): ProfileChange {
    return changeProfile(this.running, wanted, planning, deliveries);
  }
  async become(wanted: Profile['cameras'], commit: () => Promise<void>, deliveries?: Deliveries) {
    const change = this.plan(wanted, deliveries);
    if (this.refuses) throw new Error('refused');
    await commit();
    const changed = change.changed.map(({ camera, profile, step }) => ({
      name: camera,
      profile,
      stage: step.stage,
    }));
    const same = this.running.filter(({ name }) => !changed.some((one) => one.name === name));
    this.running = [...same, ...changed, ...change.added].filter(
      ({ name }) => !change.removed.includes(name),
    );
    return change;
  }
  stop(): void {}

  /** What a stream runs at. */
  framerate(stream: string): number | undefined {
    return this.running[0]?.profile.streams[stream]?.framerate[0];
  }
}

async function lowered() {
  const state = new StateFolder(silentLog);
  const value = { cameras: { front: { source: 'test', streams: { high, low } } } };
  const keeper = await ProfileKeeper.open(value, { set: [], name: null, state, host: undefined });
  const cameras = new PlannedCameras();
  const control = new ProfileControl({
    keeper,
    changer: cameras,
    adapt: (profile) => profile,
    limit: () => {},
  });
  const { profile } = keeper.current.loaded;
  await cameras.become(profile.cameras, async () => {});
  const of = profile.cameras['front']?.streams['high'];
  assert.ok(of);
  const held = { camera: 'front', stream: 'high', of, since: '2026-01-01T00:00:00.000Z', reason: 'a test' };
  const steps: HeldStep[] = [
    { ...held, rung: 'rate' },
    { ...held, rung: 'bitrate' },
  ];
  await control.lower(steps);
  const change = (stream: string | null, value: Record<string, unknown>, dryRun = false) =>
    control.change({ kind: 'change', camera: 'front', stream, value, dryRun });
  const seen = () => [control.steps.length, cameras.framerate('high'), cameras.framerate('low')];
  assert.deepEqual(seen(), [2, 15, 10]);
  return { cameras, control, steps, change, seen };
}

test('the profile stays what it is', async () => {
  const { control } = await lowered();
  const { profile, changes } = control.view();
  assert.deepEqual(
    [profile, changes],
    [{ cameras: { front: { source: 'test', streams: { high, low } } } }, {}],
  );
});

test('a change of another stream leaves them as they are', async () => {
  const { change, seen } = await lowered();
  await change('low', { framerate: 5 });
  assert.deepEqual(seen(), [2, 15, 5]);
});

test('a stream that is changed has all that its profile says', async () => {
  const { change, seen } = await lowered();
  await change('high', { framerate: 20 }, true);
  assert.deepEqual(seen(), [2, 15, 10]);
  await change('high', { framerate: 20 });
  assert.deepEqual(seen(), [0, 20, 10]);
});

test('what the ladder has no longer is taken back', async () => {
  const { change, seen } = await lowered();
  await change(null, { ladder: ['rate'] });
  assert.deepEqual(seen(), [1, 15, 10]);
  await change(null, { ladder: [] });
  assert.deepEqual(seen(), [0, 30, 10]);
});

test('a camera that is started again begins with all that its profile says', async () => {
  const { change, seen } = await lowered();
  await change(null, { slate: { framerate: 2 } });
  assert.deepEqual(seen(), [0, 30, 10]);
});

test('so does one whose source delivers something else', async () => {
  const { control, seen } = await lowered();
  const delivery: Delivery = { media: 'jpeg', width: 1280, height: 720, framerate: [30, 1] };
  await control.adopt('front', delivery);
  assert.deepEqual(seen(), [0, 30, 10]);
});

test('a change that fails leaves them as they are', async () => {
  const { cameras, control, steps, change, seen } = await lowered();
  cameras.refuses = true;
  await assert.rejects(change('high', { framerate: 20 }));
  await assert.rejects(control.lower(steps.slice(0, 1)));
  assert.deepEqual(seen(), [2, 15, 10]);
  cameras.refuses = false;
  await control.lower([]);
  assert.deepEqual(seen(), [0, 30, 10]);
});

test('they come and go without the camera being started again, and without its source being opened anew', async () => {
  const { cameras, control } = await lowered();
  const before = cameras.running[0];
  assert.ok(before);
  assert.deepEqual(before.stage.delivery, rawDelivery);
  const full = { front: { ...before.profile, streams: { ...before.profile.streams } } };
  const change = cameras.plan(full);
  assert.deepEqual(change.changed, []);
  const observed = cameras.become.bind(cameras);
  let made: ProfileChange | null = null;
  cameras.become = async (...all) => {
    made = await observed(...all);
    return made;
  };
  await control.lower([]);
  const [step] = (made as ProfileChange | null)?.changed ?? [];
  assert.ok(step && !('restart' in step.step));
  assert.deepEqual([step.source, step.slate, step.controls], [false, false, false]);
});
