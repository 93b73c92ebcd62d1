/** Pictures of another shape, through the real core: what is at their corners. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.js';
import { silentLog } from '../base/log.js';
import { loadNative } from '../native/load.js';
import type { FrameInfo, RingFileHandle } from '../native/port.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { rawDelivery } from '../plan/delivery.js';
import type { SourcePlan, StagePlan } from '../plan/graph.js';
import { ringGeometry } from '../plan/ring-geometry.js';
import { planStage } from '../plan/stage.js';
import { plannedBranches } from '../plan/testing.js';
import { profileFromValue } from '../profile/load.js';
import type { CameraProfile } from '../profile/profile.js';
import { CoreClient } from './core-client.js';
import { startInProcess } from './in-process-carrier.js';
import type { StatsEvent } from './messages.js';
import { testPicture } from './testing.js';

const native = loadNative();
const instance = `fit${process.pid}`;
const limitMs = 20_000;

const colours: Readonly<Record<string, string>> = {
  '111': 'white',
  '110': 'yellow',
  '011': 'cyan',
  '010': 'green',
  '101': 'magenta',
  '100': 'red',
  '001': 'blue',
  '000': 'black',
};

/** Seven bars from white to blue, all of them as high as the picture. */
const bars = (width: number, height: number) => testPicture({ width, height }, 'smpte100');

interface Seen {
  info: FrameInfo;
  /** The colour at a place, as fractions of width and height. */
  at(x: number, y: number): string;
}

/** A core that makes these streams, with its rings. */
class Rig implements AsyncDisposable {
  readonly #rings: RingFileHandle[];
  readonly #core: CoreClient;
  readonly #plan: StagePlan;
  #stats: StatsEvent | null = null;

  private constructor(profile: CameraProfile, ready: () => void) {
    const request = { camera: 'front', profile, delivery: rawDelivery, capabilities: fullCapabilities };
    this.#plan = planStage({ ...request, instance, ringFolder: '/dev/shm' });
    this.#rings = this.#plan.branches.map(({ ring, stream }) => {
      const planned = plannedBranches(profile.streams)[stream];
      assert.ok(planned);
      const geometry = ringGeometry(planned);
      return native.createRing(ring, { geometry, instance, camera: 'front', stream, mode: 0o600, gid: null });
    });
    this.#core = new CoreClient({
      start: (ends) => startInProcess(native, ends),
      clock: systemClock,
      log: silentLog,
      onEvent: (event) => {
        if (event.event === 'ready') ready();
        if (event.event === 'stats') this.#stats = event;
      },
      onEnd: () => {},
    });
  }

  static async start(capture: object, streams: Record<string, object>): Promise<Rig> {
    const raw = Object.entries(streams).map(([name, stream]) => {
      return [name, { codec: 'raw', format: 'RGB', framerate: 15, outputs: ['shm'], ...stream }];
    });
    const camera = { source: 'test', capture, streams: Object.fromEntries(raw) };
    const profile = profileFromValue({ cameras: { front: camera } }, '/').profile.cameras['front'];
    assert.ok(profile);
    let ready = () => {};
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const rig = new Rig(profile, () => ready());
    await isReady;
    await rig.#core.request({ type: 'start', plan: rig.#plan }, limitMs);
    return rig;
  }

  async show(source: SourcePlan | null): Promise<void> {
    await this.#core.request({ type: 'switch-source', source }, limitMs);
  }

  /** A frame that is captured from now on. */
  async see(stream: string, slate = false): Promise<Seen> {
    const fromNs = Number(process.hrtime.bigint());
    const branch = this.#plan.branches.find((one) => one.stream === stream);
    assert.ok(branch);
    let wake = () => {};
    const reader = native.openRing(branch.ring, () => wake());
    const into = Buffer.alloc(4 << 20);
    const deadline = performance.now() + limitMs;
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const timer = setTimeout(wake, 1000);
        reader.rearm();
        await woken;
        clearTimeout(timer);
        const read = reader.read(into, 'latest');
        if (read.kind === 'frame' && read.frame.slate === slate && read.frame.captureNs > fromNs)
          return seen(read.frame, into);
        assert.ok(performance.now() < deadline, `no such frame of ${stream}`);
      }
    } finally {
      reader.close();
    }
  }

  /** Raw frames of all streams that had to be copied into their rings. */
  async copied(): Promise<number> {
    const before = this.#stats;
    while (this.#stats === before) await new Promise((resolve) => setTimeout(resolve, 50));
    return Object.values(this.#stats?.streams ?? {}).reduce((sum, { copied }) => sum + copied, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.close(limitMs);
    for (const ring of this.#rings) ring.close();
  }
}

function seen(info: FrameInfo, data: Buffer): Seen {
  const stride = info.planes[0]?.stride ?? 0;
  const at = (x: number, y: number) => {
    const begin = Math.floor(y * info.height) * stride + Math.floor(x * info.width) * 3;
    const bits = [...data.subarray(begin, begin + 3)].map((value) => (value > 127 ? '1' : '0')).join('');
    return colours[bits] ?? '';
  };
  return { info, at };
}

const left = 0.05;
const right = 0.95;
const top = 0.05;
const bottom = 0.95;
const square = { width: 360, height: 360 };

/** `same`: whether the source has the capture's shape. */
for (const [same, capture] of [
  ['has', { width: 640, height: 360 }],
  ['does not have', square],
] as const) {
  test(`each fit is what it says, when the source ${same} the shape that was asked for`, async () => {
    await using rig = await Rig.start(capture, {
      contain: square,
      cover: { ...square, fit: 'cover' },
      stretch: { ...square, fit: 'stretch' },
      'cover-small': { width: 180, height: 180, fit: 'cover' },
      'cover-wide': { width: 640, height: 120, fit: 'cover' },
      'stretch-wide': { width: 360, height: 90, fit: 'stretch' },
    });
    assert.equal((await rig.see('cover', true)).info.width, 360);
    await rig.show(bars(640, 360));

    const contain = await rig.see('contain');
    assert.deepEqual([contain.at(0.5, top), contain.at(0.5, bottom)], ['black', 'black']);
    assert.deepEqual(
      [contain.at(left, 0.5), contain.at(0.5, 0.5), contain.at(right, 0.5)],
      ['white', 'green', 'blue'],
    );
    for (const stream of ['cover', 'cover-small']) {
      const cover = await rig.see(stream);
      assert.equal(cover.info.width, stream === 'cover' ? 360 : 180);
      for (const y of [top, 0.5, bottom])
        assert.deepEqual(
          [cover.at(left, y), cover.at(0.5, y), cover.at(right, y)],
          ['yellow', 'green', 'red'],
        );
    }
    for (const stream of ['stretch', 'stretch-wide', 'cover-wide']) {
      const whole = await rig.see(stream);
      for (const y of [top, 0.5, bottom])
        assert.deepEqual(
          [whole.at(left, y), whole.at(0.5, y), whole.at(right, y)],
          ['white', 'green', 'blue'],
        );
    }
  });
}

test('the slate fits like the source, and a source of another size is cut anew', {
  timeout: 60_000,
}, async () => {
  await using rig = await Rig.start(
    { width: 640, height: 360 },
    { cover: { ...square, fit: 'cover' }, stretch: { ...square, fit: 'stretch' } },
  );
  for (const [width, height] of [
    [640, 360],
    [320, 240],
  ] as const) {
    await rig.show(bars(width, height));
    const cover = await rig.see('cover');
    assert.deepEqual([cover.at(0.06, top), cover.at(0.94, bottom)], ['yellow', 'red'], `${width}x${height}`);
    const stretch = await rig.see('stretch');
    assert.deepEqual([stretch.at(left, top), stretch.at(right, bottom)], ['white', 'blue']);
    await rig.show(null);
    const slate = await rig.see('cover', true);
    assert.deepEqual([slate.info.width, slate.info.height, slate.at(0.5, 0.5)], [360, 360, 'black']);
  }
});

test('what is cut or stretched is written straight into the ring', { timeout: 60_000 }, async () => {
  await using rig = await Rig.start(
    { width: 640, height: 360 },
    {
      rgb: { ...square, fit: 'cover' },
      nv12: { ...square, fit: 'stretch', format: 'NV12' },
      i420: { width: 240, height: 180, fit: 'cover', format: 'I420' },
      own: { width: 360, height: 240, fit: 'cover', format: 'I420' },
    },
  );
  await rig.show(bars(640, 360));
  for (const stream of ['rgb', 'nv12', 'i420', 'own']) await rig.see(stream);
  assert.equal(await rig.copied(), 0);
});
