import assert from 'node:assert/strict';
import { statSync, unlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type GraphView, graphView } from '../api/graph-view.js';
import { noReaders } from '../api/testing.js';
import type { CameraView } from '../api/views.js';
import { Ring } from '../native/ring.js';
import { Appliance, type ApplianceOptions } from './appliance.js';
import { isAlive, MjpegViewer, ringsOf, smallProfile, until } from './testing.js';

/** Folders of this test alone. */
const runtime = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
process.env['RUNTIME_DIRECTORY'] = runtime;
const state = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
process.env['STATE_DIRECTORY'] = state;
test.after(() => Promise.all([runtime, state].map((folder) => rm(folder, { recursive: true }))));

async function started(
  t: test.TestContext,
  profile: object,
  options: ApplianceOptions = {},
): Promise<Appliance> {
  const appliance = await Appliance.start(profile, options);
  t.after(() => appliance.close());
  return appliance;
}

/** An appliance whose first camera somebody watches; pictures have come. */
async function watched(
  t: test.TestContext,
  profile: { instance: string },
  stream = 'low',
): Promise<{ appliance: Appliance; viewer: MjpegViewer }> {
  const appliance = await started(t, profile);
  const viewer = new MjpegViewer(`${appliance.addresses.http}/front/${stream}.mjpg`);
  t.after(() => viewer.close());
  await until('pictures arrive', () => viewer.parts >= 3);
  return { appliance, viewer };
}

async function views(appliance: Appliance): Promise<CameraView[]> {
  const response = await fetch(`${appliance.addresses.http}/api/v1/cameras`);
  return (await response.json()) as CameraView[];
}

const isLive = (appliance: Appliance) => () =>
  appliance.cameras.every(({ supervisor }) => supervisor.status.state === 'live');

function pids(appliance: Appliance): number[] {
  return appliance.cameras.flatMap(({ supervisor }) => supervisor.workerPid ?? []);
}

test('two cameras are live, watched, and gone without a trace', { timeout: 60_000 }, async (t) => {
  const profile = smallProfile(['front', 'back']);
  const appliance = await started(t, profile);
  await until('both cameras are live', isLive(appliance));
  assert.equal(ringsOf(profile.instance).length, 4);
  const workers = pids(appliance);
  assert.equal(workers.length, 2);

  const viewers = ['front', 'back'].map(
    (name) => new MjpegViewer(`${appliance.addresses.http}/${name}/low.mjpg`),
  );
  await until('pictures of both arrive', () => viewers.every((viewer) => viewer.parts >= 5));
  await until('the views tell of the viewers', async () =>
    (await views(appliance)).every(({ streams }) =>
      streams.every(({ name, open, readers, measuredFramerate }) =>
        name === 'low' ? open && readers.mjpeg === 1 && measuredFramerate > 0 : !open && readers.mjpeg === 0,
      ),
    ),
  );
  for (const { health, streams } of await views(appliance)) {
    assert.equal(health, 'healthy');
    const low = streams.find(({ name }) => name === 'low');
    assert.ok(low && low.ageMs !== null && low.ageMs < 5000);
    assert.deepEqual(low.readers, { ...noReaders, mjpeg: 1 });
  }

  const begin = performance.now();
  await Promise.all([appliance.close(), appliance.close()]);
  assert.ok(performance.now() - begin < 5000);
  await until('the viewers have been told', () => viewers.every((viewer) => viewer.ended));
  assert.deepEqual(ringsOf(profile.instance), []);
  assert.deepEqual(workers.filter(isAlive), []);
  assert.deepEqual(await readdir(runtime), []);
});

test('MJPEG of an H.264 stream comes from the JPEG stream that is alike, and counts for the one that is watched', {
  timeout: 60_000,
}, async (t) => {
  const profile = smallProfile();
  const { front } = profile.cameras;
  assert.ok(front);
  front.streams.high.outputs = ['rtsp', 'mjpeg'];
  const { appliance } = await watched(t, profile, 'high');
  assert.equal(ringsOf(profile.instance).length, 2);
  const stream = async (name: string) =>
    (await views(appliance))[0]?.streams.find((one) => one.name === name);
  await until('the views tell of it', async () => (await stream('low'))?.open === true);
  const [high, low] = [await stream('high'), await stream('low')];
  assert.deepEqual(high?.readers, { ...noReaders, mjpeg: 1 });
  assert.deepEqual(low?.readers, noReaders);
  assert.equal(high.jpeg?.branch, 'low');
  assert.deepEqual([high.open, high.encoded, low.jpeg], [false, 0, null]);
});

test('a killed worker: the viewer stays connected and sees pictures again', {
  timeout: 60_000,
}, async (t) => {
  const { appliance, viewer } = await watched(t, smallProfile());
  const { supervisor } = appliance.camera('front');
  const [killed] = pids(appliance);
  assert.ok(killed);
  process.kill(killed, 'SIGKILL');
  await until('another worker runs', () => supervisor.restarts === 1 && supervisor.status.state === 'live');
  const seen = viewer.parts;
  await until('pictures go on', () => viewer.parts >= seen + 3);
  assert.equal(viewer.ended, false);
  assert.notEqual(supervisor.workerPid, killed);
  assert.equal(isAlive(killed), false);
});

test('a ring that lost its name has one again, and its viewer sees pictures', {
  timeout: 60_000,
}, async (t) => {
  const profile = smallProfile();
  const { viewer } = await watched(t, profile);
  const all = ringsOf(profile.instance);
  for (const name of all) unlinkSync(`/dev/shm/${name}`);
  await until('the names are back', () => ringsOf(profile.instance).length === all.length);
  const seen = viewer.parts;
  await until('pictures go on', () => viewer.parts >= seen + 5);
  assert.equal(viewer.ended, false);
});

test('the running graph tells open from closed, and has the rates that were measured', {
  timeout: 60_000,
}, async (t) => {
  const { appliance } = await watched(t, smallProfile());
  const address = `${appliance.addresses.http}/api/v1/cameras/front/graph`;
  const graph = async () => graphView.parse(await (await fetch(`${address}.json`)).json());
  const into = ({ links }: GraphView, id: string) => links.find(({ to }) => to === id);
  await until('rates are measured', async () => (into(await graph(), 'low.ring')?.perSecond ?? 0) > 1);
  const now = await graph();
  const node = (id: string) => now.nodes.find((one) => one.id === id);
  assert.equal(now.state, 'live');
  assert.ok((into(now, 'gate')?.perSecond ?? 0) > 1);
  assert.ok((into(now, 'source.outlet')?.frames ?? 0) >= (into(now, 'gate')?.frames ?? Infinity));
  assert.equal(into(now, 'low.valve')?.open, true);
  assert.deepEqual([into(now, 'high.queue')?.open, into(now, 'high.queue')?.frames], [false, 0]);
  assert.equal(node('high.valve')?.drops?.kind, 'closed');
  assert.ok((node('high.valve')?.drops?.frames ?? 0) > 0);
  const ring = node('low.ring')?.branch;
  assert.ok(ring?.open && ring.readers >= 1 && ring.published.frames > 0, JSON.stringify(ring));
  const svg = await (await fetch(`${address}.svg`)).text();
  assert.match(svg, /<text class="measured"[^>]*>\d+\.\d fps</);
  assert.match(svg, /closed: nobody reads/);
});

test('in process: messages of a pad, without a child', { timeout: 60_000 }, async (t) => {
  const appliance = await started(t, smallProfile(), { inProcess: true });
  assert.deepEqual(pids(appliance), []);
  const pad = appliance.camera('front').pad('high');
  const messages = pad.subscribe({
    accept: ['start', 'packet'],
    queue: { maxBytes: 1e6, overflow: 'drop-newest' },
  });
  const kinds: string[] = [];
  for await (const message of messages) {
    if (message.type === 'packet') kinds.push(message.data.frameType);
    else kinds.push(message.type);
    message.release();
    if (kinds.length === 4) break;
  }
  assert.deepEqual(kinds, ['start', 'key', 'delta', 'delta']);
  assert.throws(() => appliance.camera('front').pad('nothing'), { code: 'not-found' });
});

test('what cannot start leaves nothing behind', { timeout: 60_000 }, async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1');
  t.after(() => blocker.close());
  await until('the port is taken', () => blocker.listening);
  const { port } = blocker.address() as AddressInfo;
  const broken = path.join(await mkdtemp(path.join(runtime, 'file-')), 'broken.mp4');
  t.after(() => rm(path.dirname(broken), { recursive: true }));
  await writeFile(broken, 'this is no video');

  const base = smallProfile();
  const { front } = base.cameras;
  const cases: [object, object][] = [
    [{ http: { port } }, { code: 'address-in-use', message: /http\.port/ }],
    [{ rtsp: { ...base.rtsp, port } }, { code: 'address-in-use', message: /rtsp\.port/ }],
    [
      { cameras: { front: { ...front, streams: { low: { ...front?.streams.low, port } } } } },
      { code: 'address-in-use', message: /cameras\.front\.streams\.low\.port/ },
    ],
    [
      { cameras: { front: { ...front, source: `file:${broken}` } } },
      { code: 'bad-source', message: /broken\.mp4/ },
    ],
    [
      { cameras: { front: { ...front, source: 'file:/nowhere.mp4' } } },
      { code: 'bad-source', message: /nowhere/ },
    ],
    [{ cameras: { front: { ...front, sauce: 'test' } } }, { code: 'bad-profile', message: /sauce/ }],
  ];
  for (const [change, error] of cases) {
    await assert.rejects(Appliance.start({ ...base, ...change }), error);
    assert.deepEqual(ringsOf(base.instance), []);
    assert.deepEqual(
      (await readdir(runtime)).filter((name) => name.startsWith('teecam-')),
      [],
    );
  }
});

test('an appliance can be abandoned while it starts', { timeout: 60_000 }, async () => {
  const profile = smallProfile();
  let seen: string[][] = [];
  const onAbandonable = (abandon: () => void) => {
    const before = ringsOf(profile.instance);
    abandon();
    seen = [before, ringsOf(profile.instance)];
  };
  const starting = Appliance.start(profile, { onAbandonable });
  await starting.then(
    (appliance) => appliance.close(),
    () => {}, // without its rings it may fail, or not
  );
  assert.deepEqual([seen[0]?.length, seen[1]?.length], [2, 0]);
});

test('names of 32 letters are served', { timeout: 60_000 }, async (t) => {
  const [camera, stream] = ['c'.repeat(32), 's'.repeat(32)];
  const base = smallProfile();
  const low = { ...base.cameras['front']?.streams.low };
  const instance = base.instance.padEnd(32, 'i');
  const profile = {
    ...base,
    instance,
    cameras: { [camera]: { source: 'test', streams: { [stream]: low } } },
  };
  const appliance = await started(t, profile);
  await until('it is live', isLive(appliance));
  const { status } = await fetch(`${appliance.addresses.http}/${camera}/${stream}.jpg`);
  assert.equal(status, 200);
  using ring = Ring.open(camera, stream, { instance });
  const { info } = ring;
  assert.deepEqual([info.instance, info.camera, info.stream], [instance, camera, stream]);
});

test('the rings of another appliance that runs are left alone', { timeout: 60_000 }, async (t) => {
  const profile = smallProfile();
  await started(t, profile);
  const before = ringsOf(profile.instance).map((name) => statSync(`/dev/shm/${name}`).ino);
  await assert.rejects(Appliance.start(profile), { code: 'owned', message: /instance/ });
  assert.deepEqual(
    ringsOf(profile.instance).map((name) => statSync(`/dev/shm/${name}`).ino),
    before,
  );
});
