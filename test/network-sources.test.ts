/** Cameras that are reached through a network, and what becomes of their viewers when they go. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import sharp from 'sharp';
import { hashPassword } from '../src/access/password.js';
import type { GraphView } from '../src/api/graph-view.js';
import { RunningAppliance } from './support/appliance.js';
import { HttpCamera, pictures } from './support/http-camera.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const size = { width: 320, height: 180, framerate: 15 };
const low = { codec: 'jpeg', ...size };
const high = { codec: 'h264', ...size };

async function shows(appliance: RunningAppliance, camera: string, state: string): Promise<void> {
  const said = async () => {
    const view = await appliance.camera(camera);
    return (view.reason ?? view.state) === state;
  };
  await until(`${camera} is ${state}`, said, { withinMs: 30_000 }).catch((cause: unknown) => {
    throw new Error(appliance.log.slice(-4000), { cause });
  });
}

/** Whatever can be asked of an appliance, and what it has logged. */
async function everythingTold(appliance: RunningAppliance, cameras: readonly string[]): Promise<string> {
  const paths = ['/cameras', '/profile', ...cameras.flatMap(graphsOf)];
  const texts = await Promise.all(
    paths.map(async (path) => (await fetch(appliance.http(`/api/v1${path}`))).text()),
  );
  return texts.join('\n') + appliance.log;
}

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'teecam-dots-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const graphsOf = (camera: string) => ['svg', 'dot', 'json'].map((form) => `/cameras/${camera}/graph.${form}`);

/** What GStreamer has drawn of a camera's pipelines. */
async function drawings(folder: string, camera: string): Promise<string> {
  const files = await readdir(join(folder, camera));
  assert.ok(files.some((file) => file.includes('source')));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, camera, file), 'utf8')));
  return texts.join('\n');
}

/** Frames that were decoded, wherever. */
async function decoded(appliance: RunningAppliance, camera: string): Promise<number> {
  const { links } = await appliance.json<GraphView>(`/api/v1/cameras/${camera}/graph.json`);
  return Math.max(0, ...links.filter(({ to }) => to.endsWith('decode')).map(({ frames }) => frames ?? 0));
}

/** Goes on without a new connection. */
async function goesOn(viewer: MjpegViewer): Promise<void> {
  const { length } = viewer.parts;
  await until('the viewer has more', () => viewer.parts.length > length + 2);
  assert.ok(!viewer.ended);
}

describe('a camera with HTTP', () => {
  it('comes back to its viewers, whatever happens to it', { timeout: 120_000 }, async (t) => {
    const dots = await folderFor(t);
    await using camera = await HttpCamera.start();
    await using appliance = await RunningAppliance.start(
      { cameras: { net: { source: camera.address('/stream'), streams: { low } } } },
      { env: { GST_DEBUG_DUMP_DOT_DIR: dots } },
    );
    await shows(appliance, 'net', 'live');
    using viewer = await MjpegViewer.open(appliance.http('/net/low.mjpg'));
    await goesOn(viewer);
    assert.ok(
      camera.jpegs.some((jpeg) => viewer.parts.at(-1)?.jpeg.equals(jpeg)),
      "the camera's own JPEG",
    );
    assert.equal(await decoded(appliance, 'net'), 0);

    await camera.vanish();
    await shows(appliance, 'net', 'unreachable');
    await goesOn(viewer);
    await camera.listen();
    await shows(appliance, 'net', 'live');
    await goesOn(viewer);

    await camera.vanish();
    camera.jpegs = await pictures(160, 90);
    await camera.listen();
    // With the stage that suits it; before that it may start again at any time.
    const isPlannedAnew = async () => {
      const { state, source, streams } = await appliance.camera('net');
      return state === 'live' && source.width === 160 && streams.every(({ passesThrough }) => !passesThrough);
    };
    await until('it is planned for its new size', isPlannedAnew, { withinMs: 30_000 });
    await goesOn(viewer);
    // Without a word, while it runs.
    camera.jpegs = await pictures(320, 180);
    await until('its new size is known', async () => (await appliance.camera('net')).source.width === 320, {
      withinMs: 20_000,
    });
    await goesOn(viewer);
    const { channels } = await sharp(viewer.parts.at(-1)?.jpeg).stats();
    assert.ok(
      channels.every(({ mean }) => mean > 35),
      'it is no slate',
    );

    camera.silent = true;
    await shows(appliance, 'net', 'stalled');
    await goesOn(viewer);
    camera.silent = false;
    await shows(appliance, 'net', 'live');
    await goesOn(viewer);

    const told = (await everythingTold(appliance, ['net'])) + (await drawings(dots, 'net'));
    assert.match(told, /unreachable/);
    assert.match(told, /http:\/\/\*\*\*@127\.0\.0\.1/);
    for (const secret of [camera.password, encodeURIComponent(camera.password)])
      assert.ok(!told.includes(secret));
  });

  it('is told apart from one that refuses, has no pictures, or is not there', {
    timeout: 60_000,
  }, async () => {
    await using camera = await HttpCamera.start();
    const of = (source: string) => ({ source, streams: { low } });
    await using appliance = await RunningAppliance.start({
      cameras: {
        wrong: of(camera.address('/stream', 'guess')),
        page: of(camera.address('/page')),
        lost: of(camera.address('/nowhere')),
        off: of('http://127.0.0.1:1/stream'),
      },
    });
    await shows(appliance, 'wrong', 'refused');
    await shows(appliance, 'page', 'format-refused');
    await shows(appliance, 'lost', 'no-device');
    await shows(appliance, 'off', 'unreachable');
    assert.ok(!(await everythingTold(appliance, [])).includes('guess'));
  });

  it('may have nothing but a picture', { timeout: 60_000 }, async () => {
    await using camera = await HttpCamera.start();
    await using appliance = await RunningAppliance.start({
      cameras: {
        still: { source: camera.address('/picture'), capture: { framerate: 10 }, streams: { low } },
      },
    });
    await shows(appliance, 'still', 'live');
    const [before, connections, began] = [camera.pictures, camera.connections, performance.now()];
    await until('ten more', () => camera.pictures > before + 10);
    assert.ok(performance.now() - began > 900, 'it was asked more often than ten times a second');
    assert.equal(camera.connections, connections);
    const response = await fetch(appliance.http('/still/low.jpg'));
    assert.equal(response.status, 200);
  });
});

describe('a camera with RTSP', () => {
  it('comes back to its viewers, whatever happens to it', { timeout: 180_000 }, async (t) => {
    const dots = await folderFor(t);
    const password = 'p:a@s/s%wörd';
    const auth = { users: { joe: await hashPassword('joe', password) } };
    const profile = { auth, cameras: { cam: { source: 'test', streams: { high, low } } } };
    let camera = await RunningAppliance.start(profile);
    const port = Number(/rtsp:\/\/[^\s]*:(\d+)\/cam\/high/.exec(camera.log)?.[1]);
    const source = (stream: string) =>
      `rtsp://joe:${encodeURIComponent(password)}@127.0.0.1:${port}/cam/${stream}`;
    await using appliance = await RunningAppliance.start(
      {
        cameras: {
          net: { source: source('high'), streams: { high, low } },
          motion: { source: source('low'), streams: { low } },
        },
      },
      { env: { GST_DEBUG_DUMP_DOT_DIR: dots } },
    );
    try {
      await shows(appliance, 'net', 'live');
      await shows(appliance, 'motion', 'live');
      using viewer = await MjpegViewer.open(appliance.http('/net/low.mjpg'));
      const { addresses } = await appliance.stream('net', 'high');
      assert.ok(addresses.rtsp);
      await using player = new PacketViewer(addresses.rtsp, 60);
      assert.ok((await appliance.stream('net', 'high')).passesThrough);
      await until('the player plays', () => player.packets.length > 15, { withinMs: 20_000 });
      await goesOn(viewer);
      assert.ok(
        (await appliance.stream('net', 'high')).latencyMs ?? -1 >= 0,
        'no frame comes from the future',
      );

      camera.signal('SIGSTOP');
      await shows(appliance, 'net', 'stalled');
      camera.signal('SIGCONT');
      await shows(appliance, 'net', 'live');
      await goesOn(viewer);

      await camera[Symbol.asyncDispose]();
      await shows(appliance, 'net', 'unreachable');
      await goesOn(viewer);
      camera = await RunningAppliance.start({ ...profile, rtsp: { port } });
      await shows(appliance, 'net', 'live');
      await goesOn(viewer);
      const packets = player.packets.length;
      await until('the player goes on', () => player.packets.length > packets + 15);
      assert.ok(player.running);

      const told = (await everythingTold(appliance, ['net', 'motion'])) + (await drawings(dots, 'net'));
      for (const secret of [password, encodeURIComponent(password), 'w%C3%B6rd', 'wörd'])
        assert.ok(!told.includes(secret), secret);
    } finally {
      await camera[Symbol.asyncDispose]();
    }
  });

  it('is told apart from one that refuses, or does not know the path', { timeout: 60_000 }, async () => {
    const cameras = { cam: { source: 'test', streams: { high } } };
    const auth = { users: { joe: await hashPassword('joe', 'right') } };
    await using open = await RunningAppliance.start({ cameras });
    await using closed = await RunningAppliance.start({ auth, cameras });
    const at = ({ log }: RunningAppliance) => /rtsp:\/\/([^\s]*:\d+)\/cam\/high/.exec(log)?.[1] ?? '';
    await using appliance = await RunningAppliance.start({
      cameras: {
        lost: { source: `rtsp://${at(open)}/cam/nothing`, streams: { low } },
        wrong: { source: `rtsp://joe:guess@${at(closed)}/cam/high`, streams: { low } },
        off: { source: 'rtsp://127.0.0.1:1/cam', streams: { low } },
      },
    });
    // A server that has enough of wrong passwords does not answer any more, which is another reason.
    const logged = (camera: string, reason: string) =>
      until(`${camera} is ${reason}`, () => {
        const lines = appliance.log.split('\n').filter((line) => line.includes(`"camera":"${camera}"`));
        return lines.some((line) => line.includes(`"reason":"${reason}"`));
      });
    await logged('lost', 'no-device');
    await logged('wrong', 'refused');
    await logged('off', 'unreachable');
    assert.ok(!appliance.log.includes('guess'));
  });
});
