/** A start that cannot succeed: one clear message, the right exit code, nothing half-started. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { RunningAppliance, runTeecam } from './support/appliance.js';
import { canHaveOwnShm, ownShm } from './support/shared-memory.js';
import { ringFiles } from './support/shm.js';

const instance = `f${process.pid}`;
const stream = { width: 320, height: 180, framerate: 10 };
let folder: string;

const profile = (changes: object = {}) => ({
  instance,
  http: { port: 0 },
  rtsp: { port: 0 },
  cameras: { front: { source: 'test', streams: { high: { codec: 'h264', ...stream } } } },
  ...changes,
});

async function runToEnd(text: string, env: NodeJS.ProcessEnv = {}, prefix: readonly string[] = []) {
  const path = join(folder, 'profile.yaml');
  await writeFile(path, text);
  await using child = runTeecam(
    ['run', path, '--log-level', 'error'],
    { STATE_DIRECTORY: folder, ...env },
    prefix,
  );
  const { code } = await child.end(30_000);
  assert.deepEqual(await ringFiles(instance), [], 'no ring is left');
  assert.doesNotMatch(child.stderr, /^\s+at /m, 'no stack for a fault of the user');
  return { code, said: child.stderr };
}

describe('teecam run that cannot start', () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'teecam-failures-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('names every fault of a profile with its line, and ends with 78', async () => {
    const text = stringify(profile())
      .replace('framerate: 10', 'framrate: 10')
      .replace('width: 320', 'width: wide');
    const { code, said } = await runToEnd(text);
    assert.equal(code, 78);
    assert.match(said, /profile\.yaml:\d+:\d+/);
    assert.match(said, /framerate/, 'the nearest known name');
    assert.match(said, /width/);
  });

  it('names the address that is in use, and ends with 75', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const { port } = other.address() as AddressInfo;
      for (const changes of [{ http: { port } }, { rtsp: { port } }]) {
        const { code, said } = await runToEnd(stringify(profile(changes)));
        assert.equal(code, 75, said);
        assert.match(said, new RegExp(`${port}`));
      }
    } finally {
      other.close();
    }
  });

  it('names the plugin that is missing and its package, and ends with 69', async () => {
    // A registry of its own, scanned without the folders of plugins: GStreamer has its core alone.
    const env = { GST_PLUGIN_SYSTEM_PATH_1_0: folder, GST_REGISTRY_1_0: join(folder, 'registry') };
    const { code, said } = await runToEnd(stringify(profile()), env);
    assert.equal(code, 69, said);
    assert.match(said, /gstreamer1\.0-plugins-/);
  });

  const skip = !canHaveOwnShm && 'no mount namespaces here';
  it('says how much room is missing in /dev/shm, and ends with 73', { skip }, async () => {
    const { code, said } = await runToEnd(stringify(profile()), {}, ownShm('256k'));
    assert.equal(code, 73, said);
    assert.match(said, /\/dev\/shm is too small: the rings need .* left\. Make it larger/);
  });

  it('refuses a second appliance of the same instance with 75', { timeout: 60_000 }, async () => {
    await using first = await RunningAppliance.start(profile(), { instance });
    const path = join(folder, 'second.yaml');
    await writeFile(path, stringify(profile()));
    await using second = runTeecam(['run', path, '--log-level', 'error'], { STATE_DIRECTORY: folder });
    assert.equal((await second.end(30_000)).code, 75, second.stderr);
    await first.ready();
  });

  it('says that a video file is none, and ends with 78', async () => {
    const broken = join(folder, 'broken.mp4');
    await writeFile(broken, 'this is no video\n'.repeat(1000));
    const cameras = { front: { source: `file:${broken}`, streams: { high: { codec: 'h264', ...stream } } } };
    const { code, said } = await runToEnd(stringify(profile({ cameras })));
    assert.equal(code, 78, said);
    assert.match(said, /cameras\.front\.source/);
    assert.match(said, /broken\.mp4/);
  });
});
