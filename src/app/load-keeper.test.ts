import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LoadEvent, loadEvent } from '../api/load-views.js';
import { FakeClock, settled } from '../base/fake-clock.js';
import { silentLog } from '../base/log.js';
import { CameraStats } from '../camera/camera-stats.js';
import type { Loss } from '../camera/loss-watch.js';
import { type Delivery, rawDelivery } from '../plan/delivery.js';
import { profileFromValue } from '../profile/load.js';
import type { H264Stream, JpegStream } from '../profile/profile.js';
import { type HeldStep, LoadKeeper } from './load-keeper.js';
import type { LoadedCamera } from './seen-load.js';

const lasting: Loss = { place: 'high.queue', came: 120, lost: 48, seconds: 4, lasting: true };

/** A camera with one stream that somebody reads, and what it loses. */
class OneStream implements LoadedCamera {
  readonly name = 'front';
  readonly profile;
  readonly stage: { delivery: Delivery } = { delivery: rawDelivery };
  readonly streams;
  readonly status = { state: 'live' as const };
  /** By branch. */
  losses: Record<string, Loss> = {};
  open = ['high'];
  readonly supervisor;

  constructor(source = 'test', written: object = { codec: 'h264', width: 640, height: 360, framerate: 30 }) {
    const value = { cameras: { front: { source, streams: { high: written } } } };
    const camera = profileFromValue(value, '/').profile.cameras['front'];
    assert.ok(camera);
    this.profile = camera;
    const high = camera.streams['high'] as H264Stream | JpegStream;
    this.streams = [{ name: 'high', profile: high, branch: high, jpeg: { name: 'high+jpeg' } }];
    const counted = new CameraStats();
    this.supervisor = {
      status: this.status,
      stats: { stream: (name: string) => ({ ...counted.stream(name), open: this.open.includes(name) }) },
      losses: { of: (branch: string) => this.losses[branch] ?? null },
    };
  }
}

/** Takes the steps that it is told, unless it refuses. */
class Bench {
  readonly clock = new FakeClock();
  readonly told: LoadEvent[] = [];
  asked = 0;
  busy = 0.5;
  refuses = false;
  readonly #keeper: LoadKeeper;

  constructor(camera: LoadedCamera) {
    const bench = this;
    const control = {
      steps: [] as readonly HeldStep[],
      lower: async (steps: readonly HeldStep[]) => {
        this.asked += 1;
        if (this.refuses) throw new Error('refused');
        control.steps = steps;
      },
    };
    const processor = {
      tick: () => {},
      get busy() {
        return bench.busy;
      },
    };
    const tell = (event: LoadEvent) => void this.told.push(loadEvent.parse(event));
    const { clock } = this;
    this.#keeper = new LoadKeeper({
      cameras: { all: [camera] },
      control,
      processor,
      clock,
      tell,
      log: silentLog,
    });
  }

  async run(seconds: number): Promise<this> {
    for (let second = 0; second < seconds; second++) {
      await this.clock.advance(1000);
      this.#keeper.tick();
      await settled();
    }
    return this;
  }
}

test('a step down is told with what was measured, a step up with how long nothing was lost', async () => {
  const camera = new OneStream();
  const bench = new Bench(camera);
  camera.losses = { high: lasting };
  await bench.run(1);
  camera.losses = {};
  await bench.run(30);
  const [down, up] = bench.told;
  assert.ok(down && up && bench.told.length === 2);
  const { from, to, measured, reason } = down;
  assert.deepEqual([down.direction, down.step, from.framerate, to.framerate], ['down', 'rate', 30, 15]);
  assert.equal(reason, 'front/high loses 40 % of its frames');
  const worst = { camera: 'front', stream: 'high', place: 'high.queue' };
  assert.deepEqual(measured, { worst, lost: 0.4, seconds: 4, latencyMs: null, busy: 0.5 });
  assert.deepEqual([up.direction, up.from, up.to], ['up', to, from]);
  assert.deepEqual([up.measured.worst, up.measured.lost, up.measured.seconds], [null, 0, 20]);
  assert.equal(up.reason, 'nothing was lost for 20 s');
});

test('a step that cannot be made is not told, and not tried again at once', async () => {
  const camera = new OneStream();
  const bench = new Bench(camera);
  camera.losses = { high: lasting };
  bench.refuses = true;
  await bench.run(20);
  assert.deepEqual([bench.asked, bench.told], [1, []]);
  bench.refuses = false;
  await bench.run(3);
  assert.deepEqual([bench.asked, bench.told.length], [2, 1]);
});

test('of a camera of the network, losses count while the processors are busy', async () => {
  const camera = new OneStream('rtsp://10.0.0.5/stream');
  const bench = new Bench(camera);
  camera.losses = { high: lasting };
  await bench.run(10);
  assert.deepEqual(bench.told, []);
  bench.busy = 0.95;
  await bench.run(1);
  assert.equal(bench.told.length, 1);
});

test('what passes through is not lowered, nor what nobody reads', async () => {
  const passing = new OneStream('test', { codec: 'jpeg', width: 640, height: 360, framerate: 30 });
  passing.stage.delivery = { media: 'jpeg', width: 640, height: 360, framerate: [30, 1] };
  const closed = new OneStream();
  closed.open = [];
  for (const camera of [passing, closed]) {
    camera.losses = { high: lasting };
    const bench = new Bench(camera);
    bench.busy = 1;
    assert.deepEqual((await bench.run(10)).told, []);
  }
});

test('a stream that is only watched as JPEG is lowered for what its JPEG branch loses', async () => {
  const camera = new OneStream();
  camera.open = ['high+jpeg'];
  camera.losses = { 'high+jpeg': { ...lasting, place: 'high+jpeg.queue' } };
  const { told } = await new Bench(camera).run(1);
  assert.deepEqual([told[0]?.stream, told[0]?.measured.worst?.place], ['high', 'high+jpeg.queue']);
});
