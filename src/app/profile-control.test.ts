/** Changes of a running appliance, with real workers. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CameraView, ChangeView, ProfileView } from '../api/views.js';
import { Ring } from '../native/ring.js';
import { Appliance, type ApplianceOptions } from './appliance.js';
import { isAlive, MjpegViewer, ringsOf, smallDisk, smallProfile, until } from './testing.js';

/** Folders of this test alone. */
const folder = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
process.env['RUNTIME_DIRECTORY'] = folder;
test.after(() => rm(folder, { recursive: true }));
let states = 0;

/** A new state folder. */
function freshState(): string {
  states += 1;
  const state = path.join(folder, `state-${states}`);
  process.env['STATE_DIRECTORY'] = state;
  return state;
}

async function started(t: test.TestContext, profile: unknown, options: ApplianceOptions = {}) {
  const appliance = await Appliance.start(profile, options);
  t.after(() => appliance.close());
  return appliance;
}

interface Answer {
  status: number;
  body: ChangeView & ProfileView & { detail: string; errors?: { field: string; message: string }[] };
}

async function send(appliance: Appliance, method: string, address: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${appliance.addresses.http}/api/v1${address}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function done(
  appliance: Appliance,
  method: string,
  address: string,
  body?: unknown,
): Promise<ChangeView> {
  const answer = await send(appliance, method, address, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

const actions = (change: ChangeView) => change.actions.map(({ action }) => action);

async function cameraView(appliance: Appliance, name: string): Promise<CameraView> {
  return (await (await fetch(`${appliance.addresses.http}/api/v1/cameras/${name}`)).json()) as CameraView;
}

const live = (appliance: Appliance) => () =>
  appliance.cameras.every(({ supervisor }) => supervisor.status.state === 'live');

const tinySize = { width: 80, height: 60, framerate: 5 };
const tiny = { codec: 'jpeg', ...tinySize };
const side = { source: 'test', streams: { tiny } };

/** Counts the frames that a ring's reader gets, until the ring ends. */
class RingWatcher {
  frames = 0;
  missed = 0;
  discontinuities = 0;
  ended = false;
  readonly #ring: Ring;

  constructor(instance: string, camera: string, stream: string) {
    this.#ring = Ring.open(camera, stream, { instance });
    void this.#watch();
  }

  close(): void {
    this.#ring.close();
  }

  async #watch(): Promise<void> {
    for await (using frame of this.#ring) {
      if (this.frames > 0 && frame.info.discontinuity) this.discontinuities += 1;
      this.frames += 1;
      this.missed = this.#ring.missed;
    }
    this.ended = true;
  }
}

test('a camera comes, is watched, and goes; the other one notices nothing', {
  timeout: 90_000,
}, async (t) => {
  freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  await until('it is live', live(appliance));
  const front = new RingWatcher(profile.instance, 'front', 'high');
  const mjpeg = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => {
    front.close();
    mjpeg.close();
  });
  await until('front is watched', () => front.frames > 3 && mjpeg.parts > 3);

  const { name: _name, ...wanted } = { name: 'side', ...side };
  const tried = await done(appliance, 'POST', '/cameras?dryRun=1', { name: 'side', ...wanted });
  assert.deepEqual([actions(tried), appliance.cameras.length], [['add-camera'], 1]);
  const added = await done(appliance, 'POST', '/cameras', { name: 'side', ...wanted });
  assert.deepEqual([actions(added), added.kept], [['add-camera'], false]);
  await until('both are live', live(appliance));
  assert.deepEqual(
    appliance.cameras.map(({ name }) => name),
    ['front', 'side'],
  );
  const worker = appliance.camera('side').supervisor.workerPid;
  const viewer = new MjpegViewer(`${appliance.addresses.http}/side/tiny.mjpg`);
  await until('side is watched', () => viewer.parts > 2);
  assert.equal(ringsOf(profile.instance).length, 3);

  assert.deepEqual(actions(await done(appliance, 'DELETE', '/cameras/side')), ['remove-camera']);
  await until('its viewer is told', () => viewer.ended);
  assert.equal(worker !== null && isAlive(worker), false);
  assert.equal(ringsOf(profile.instance).length, 2);
  assert.equal((await send(appliance, 'GET', '/cameras/side')).status, 404);
  const seen = front.frames;
  await until('front goes on', () => front.frames > seen + 3);
  assert.deepEqual([front.missed, mjpeg.ended, front.ended], [0, false, false]);
});

test('a camera that is first passes the short addresses on', { timeout: 90_000 }, async (t) => {
  freshState();
  const appliance = await started(t, smallProfile(['front', 'back']));
  await until('both are live', live(appliance));
  await done(appliance, 'DELETE', '/cameras/front');
  const picture = await fetch(`${appliance.addresses.http}/snapshot`);
  assert.equal(picture.status, 200);
  const refused = await send(appliance, 'DELETE', '/cameras/back');
  assert.equal(refused.status, 422);
  assert.match(refused.body.errors?.[0]?.message ?? '', /at least one camera/);
});

test('what is wrong is refused, with nothing changed', { timeout: 90_000 }, async (t) => {
  freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  const before = [ringsOf(profile.instance), appliance.camera('front').supervisor.workerPid];
  const blocker = createServer().listen(0, '127.0.0.1');
  t.after(() => blocker.close());
  await until('the port is taken', () => blocker.listening);
  const { port } = blocker.address() as AddressInfo;
  const cases: [string, string, unknown, number, RegExp][] = [
    ['POST', '/cameras', { name: 'front', ...side }, 409, /camera "front" already/],
    ['POST', '/cameras', { name: 'Front', ...side }, 422, /cameras\.Front/],
    ['POST', '/cameras', { name: 'api', ...side }, 422, /cameras\.api/],
    ['POST', '/cameras', { name: '__proto__', ...side }, 422, /__proto__/],
    ['POST', '/cameras', { name: 'side', source: 'test' }, 422, /cameras\.side\.streams/],
    ['POST', '/cameras', { name: 'side', ...side, source: 'file:/nowhere.mp4' }, 422, /nowhere/],
    ['POST', '/cameras', { name: 'side', source: 'test', streams: { tiny: { ...tiny, port } } }, 409, /port/],
    ['PATCH', '/cameras/side', {}, 404, /no camera "side"/],
    ['PATCH', '/cameras/front', { source: 'file:/nowhere.mp4' }, 422, /nowhere/],
    ['PATCH', '/cameras/front', { sauce: 'test' }, 422, /front\.sauce/],
    [
      'PATCH',
      '/cameras/front/streams/low',
      { quality: 101, width: null },
      422,
      /quality.*width|width.*quality/,
    ],
    ['PATCH', '/cameras/front/streams/low', { port }, 409, /in use/],
    ['PATCH', '/cameras/front/streams/x', {}, 404, /no stream "x"/],
    ['DELETE', '/cameras/x/streams/low', undefined, 404, /no camera "x"/],
    ['POST', '/cameras/front/streams', { name: 'low', ...tiny }, 409, /stream "low" already/],
    ['POST', '/profile/reload', undefined, 409, /given by a program/],
  ];
  for (const [method, address, body, status, why] of cases) {
    const answer = await send(appliance, method, address, body);
    const what = `${method} ${address} ${JSON.stringify(answer.body)}`;
    assert.equal(answer.status, status, what);
    assert.match(answer.body.detail, why, what);
  }
  assert.deepEqual([ringsOf(profile.instance), appliance.camera('front').supervisor.workerPid], before);
  const { body } = await send(appliance, 'GET', '/profile');
  assert.deepEqual(body.changes, {});
});

test('changes asked for at once are done one after another', { timeout: 90_000 }, async (t) => {
  freshState();
  const appliance = await started(t, smallProfile());
  const add = () => send(appliance, 'POST', '/cameras/front/streams', { name: 'tiny', ...tiny });
  const answers = await Promise.all([add(), add(), add()]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]);
  await done(appliance, 'DELETE', '/cameras/front/streams/tiny');
  const { streams } = await cameraView(appliance, 'front');
  assert.deepEqual(
    streams.map(({ name }) => name),
    ['high', 'low'],
  );
});

test('a stream is added, changed and removed while others are watched', { timeout: 120_000 }, async (t) => {
  freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  await until('it is live', live(appliance));
  const watched = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => watched.close());
  await until('it is watched', () => watched.parts > 3);

  await done(appliance, 'POST', '/cameras/front/streams', { name: 'tiny', ...tiny, port: 0 });
  const { streams } = await cameraView(appliance, 'front');
  const port = streams.find(({ name }) => name === 'tiny')?.addresses.mjpegPort;
  assert.ok(port);
  const viewer = new MjpegViewer(port);
  await until('its own port shows it', () => viewer.parts > 2);

  await done(appliance, 'PATCH', '/cameras/front/streams/tiny', { framerate: 4, quality: 40 });
  const seen = viewer.parts;
  await until('its viewer sees more', () => viewer.parts > seen + 3);
  const changed = (await cameraView(appliance, 'front')).streams.find(({ name }) => name === 'tiny');
  assert.deepEqual([changed?.framerate, changed?.addresses.mjpegPort], [4, port]);

  await done(appliance, 'DELETE', '/cameras/front/streams/tiny');
  await until('its viewer is told', () => viewer.ended);
  await assert.rejects(fetch(port), 'its port is closed');
  assert.equal(ringsOf(profile.instance).length, 2);
  const others = watched.parts;
  await until('the other viewer goes on', () => watched.parts > others + 3);
  assert.equal(watched.ended, false);
});

test('what is changed while it runs is not started again, and others have no gap', {
  timeout: 120_000,
}, async (t) => {
  freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  await done(appliance, 'POST', '/cameras/front/streams', { name: 'small', codec: 'h264', ...tinySize });
  await until('it is live', live(appliance));
  const worker = appliance.camera('front').supervisor.workerPid;
  const others = new RingWatcher(profile.instance, 'front', 'high');
  const own = new RingWatcher(profile.instance, 'front', 'small');
  const mjpeg = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => {
    others.close();
    own.close();
    mjpeg.close();
  });
  await until('all are watched', () => [others.frames, own.frames, mjpeg.parts].every((count) => count > 5));

  const small = '/cameras/front/streams/small';
  const changes: [string, unknown, string][] = [
    ['/cameras/front/streams/low', { quality: 30 }, 'set-property'],
    [small, { bitrate: '300k' }, 'set-property'],
    [small, { gop: 7 }, 'adjust-branch'],
    [small, { framerate: 4 }, 'rebuild-branch,rebuild-branch'],
    [small, { outputs: ['rtsp', 'shm'] }, 'remove-branch,change-outputs'],
    [small, { outputs: ['rtsp'] }, 'change-outputs'],
    [small, { outputs: ['rtsp', 'shm'] }, 'change-outputs'],
    [small, { width: 160, height: 120 }, 'rebuild-branch'],
    ['/cameras/front', { slate: { title: 'The door' } }, 'redraw-slate'],
  ];
  for (const [address, body, expected] of changes) {
    const what = JSON.stringify(body);
    assert.equal(actions(await done(appliance, 'PATCH', address, body)).join(), expected, what);
    const [seen, parts, far] = [own.frames, mjpeg.parts, others.frames];
    await until(`all see more after ${what}`, () =>
      [own.frames - seen, mjpeg.parts - parts, others.frames - far].every((count) => count > 3),
    );
  }
  const { restarts, workerPid } = appliance.camera('front').supervisor;
  assert.deepEqual([restarts, workerPid], [0, worker]);
  assert.deepEqual([others.missed, others.discontinuities], [0, 0]);
  assert.deepEqual([own.ended, mjpeg.ended], [false, false]);
});

test('a change while the worker is down holds when it is up again', { timeout: 120_000 }, async (t) => {
  freshState();
  const appliance = await started(t, smallProfile());
  await until('it is live', live(appliance));
  const { supervisor } = appliance.camera('front');
  const viewer = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => viewer.close());
  await until('it is watched', () => viewer.parts > 2);
  for (const quality of [20, 21]) {
    const { restarts } = supervisor;
    process.kill(supervisor.workerPid ?? 0, 'SIGKILL');
    await done(appliance, 'PATCH', '/cameras/front/streams/low', { quality });
    await until('another worker runs', () => supervisor.restarts > restarts && live(appliance)());
    const { stage } = supervisor.plans;
    assert.equal(stage.graph.nodes.find(({ id }) => id === 'low.encode')?.properties['quality'], quality);
  }
  const seen = viewer.parts;
  await until('its viewer sees more', () => viewer.parts > seen + 3);
});

test('changes survive a restart, below the overrides; a broken state file does not keep it from starting', {
  timeout: 120_000,
}, async (t) => {
  const state = freshState();
  const file = path.join(folder, 'kept.json');
  const profile = smallProfile();
  await writeFile(file, JSON.stringify(profile));
  const set = ['cameras.front.streams.low.quality=33'];
  const first = await started(t, file, { set });
  const added = await done(first, 'POST', '/cameras', { name: 'side', ...side });
  assert.equal(added.kept, true);
  const patched = await done(first, 'PATCH', '/cameras/front/streams/low', { quality: 70, linger: 2 });
  assert.deepEqual(patched.overridden, [
    { path: 'cameras.front.streams.low.quality', by: `--set ${set[0]}` },
  ]);
  await first.close();

  const second = await started(t, file);
  assert.deepEqual(
    second.cameras.map(({ name }) => name),
    ['front', 'side'],
  );
  const { low } = second.camera('front').profile.streams;
  assert.deepEqual(low?.codec === 'jpeg' && [low.quality, low.lingerMs], [70, 2000]);
  const { body } = await send(second, 'GET', '/profile');
  const changes = { front: { streams: { low: { quality: 70, linger: 2 } } }, side };
  assert.deepEqual(body.changes, { cameras: changes });

  // What is as the file has it is no change any more.
  await done(second, 'DELETE', '/cameras/side');
  await done(second, 'PATCH', '/cameras/front/streams/low', { quality: null, linger: 1 });
  assert.deepEqual(await readdir(state), []);
  await done(second, 'PATCH', '/cameras/front/streams/low', { quality: 70 });
  await second.close();

  const [kept = ''] = await readdir(state);
  await writeFile(path.join(state, kept), '{"version": 1, "content": {"profi');
  const third = await started(t, file);
  assert.match(third.notices.join(), /is set aside as changes-kept-.*broken/);
  assert.equal((await readdir(state)).length, 1);
  await done(third, 'PATCH', '/cameras/front/streams/low', { quality: 71 });
  await third.close();

  // The file has another camera now, and the change does not fit it.
  await writeFile(file, JSON.stringify(smallProfile(['other'])));
  const fourth = await started(t, file);
  assert.match(fourth.notices.join(), /set aside as .*changed by the API: cameras\.front/s);
  assert.deepEqual(
    fourth.cameras.map(({ name }) => name),
    ['other'],
  );
});

test('an edited file is read again, as one change', { timeout: 120_000 }, async (t) => {
  freshState();
  const file = path.join(folder, 'edited.json');
  const profile = smallProfile(['front', 'back']);
  const write = (content: unknown) => writeFile(file, JSON.stringify(content));
  await write(profile);
  const appliance = await started(t, file);
  await until('both are live', live(appliance));
  await done(appliance, 'PATCH', '/cameras/front/streams/low', { quality: 70 });

  const { back: _back, ...cameras } = structuredClone(profile.cameras);
  const { front } = cameras;
  assert.ok(front);
  front.streams.high.framerate = 10;
  await write({ ...profile, http: { port: 1 }, cameras: { ...cameras, side } });
  const reloaded = await done(appliance, 'POST', '/profile/reload');
  assert.deepEqual(reloaded.needsRestart, ['http.port']);
  assert.deepEqual(
    appliance.cameras.map(({ name }) => name),
    ['front', 'side'],
  );
  const { high, low } = appliance.camera('front').profile.streams;
  assert.deepEqual([high?.framerate, low?.codec === 'jpeg' && low.quality], [[10, 1], 70]);
  assert.deepEqual((await send(appliance, 'GET', '/profile')).body.needsRestart, ['http.port']);

  await write({ ...profile, cameras: { ...cameras, side: { ...side, source: 'file:/nowhere.mp4' } } });
  const refused = await send(appliance, 'POST', '/profile/reload');
  assert.equal(refused.status, 422);
  await writeFile(file, '{ "cameras": ');
  assert.equal((await send(appliance, 'POST', '/profile/reload')).status, 422);
  assert.deepEqual(appliance.camera('side').profile.source[0].kind, 'test');
  await until('all go on', live(appliance));
});

test('a step that fails brings back what ran before', { timeout: 120_000 }, async (t) => {
  freshState();
  const profile = smallProfile(['front', 'back']);
  const appliance = await started(t, profile);
  await until('both are live', live(appliance));
  const { front } = structuredClone(profile.cameras);
  assert.ok(front);
  front.streams.low.framerate = 10;
  const broken = { ...side, source: 'file:/nowhere.mp4' };
  await assert.rejects(appliance.apply({ ...profile, cameras: { front, broken } }), {
    code: 'bad-source',
    message: /cameras\.broken\.source/,
  });
  assert.deepEqual(
    appliance.cameras.map(({ name }) => name),
    ['front', 'back'],
  );
  assert.deepEqual(appliance.camera('front').profile.streams['low']?.framerate, [15, 1]);
  assert.equal(ringsOf(profile.instance).length, 4);
  await until('both are live again', live(appliance));
  const { status } = await fetch(`${appliance.addresses.http}/back/low.jpg`);
  assert.equal(status, 200);
});

test('a full disk: the change is refused, and everything goes on', { timeout: 90_000 }, async (t) => {
  const disk = smallDisk(t, '16k');
  if (disk === null) return;
  process.env['STATE_DIRECTORY'] = disk;
  const file = path.join(folder, 'full.json');
  const profile = smallProfile();
  await writeFile(file, JSON.stringify(profile));
  const appliance = await started(t, file);
  await done(appliance, 'PATCH', '/cameras/front/streams/low', { quality: 70 });
  await writeFile(path.join(disk, 'filler'), Buffer.alloc(65_536)).catch(() => {}); // until it is full
  const viewer = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => viewer.close());
  await until('it is watched', () => viewer.parts > 2);
  const worker = appliance.camera('front').supervisor.workerPid;

  const refused = await send(appliance, 'POST', '/cameras', { name: 'side', ...side });
  assert.deepEqual(
    [refused.status, refused.body.detail],
    [507, 'the change cannot be kept: the disk is full'],
  );
  assert.equal((await send(appliance, 'PATCH', '/cameras/front/streams/low', { quality: 60 })).status, 507);
  assert.deepEqual(
    appliance.cameras.map(({ name }) => name),
    ['front'],
  );
  const { low } = appliance.camera('front').profile.streams;
  assert.equal(low?.codec === 'jpeg' && low.quality, 70);
  assert.equal(appliance.camera('front').supervisor.workerPid, worker);
  const seen = viewer.parts;
  await until('its viewer goes on', () => viewer.parts > seen + 3);
  await rm(path.join(disk, 'filler'));
  assert.equal((await send(appliance, 'PATCH', '/cameras/front/streams/low', { quality: 60 })).status, 200);
});

for (const moment of ['at once', 'while a camera starts']) {
  test(`an appliance that closes ${moment} after a change leaves nothing`, { timeout: 90_000 }, async () => {
    freshState();
    const profile = smallProfile();
    const appliance = await Appliance.start(profile);
    const changes = [
      appliance.apply({ ...profile, cameras: { ...profile.cameras, side } }),
      appliance.apply({ ...profile, cameras: { ...profile.cameras, other: side } }),
    ];
    const settled = Promise.allSettled(changes);
    if (moment === 'at once') await nextTurn();
    else await until('its ring is made', () => ringsOf(profile.instance).length > 2);
    const begin = performance.now();
    await appliance.close();
    assert.ok(performance.now() - begin < 5000);
    for (const result of await settled) {
      if (result.status === 'rejected') assert.equal(result.reason.code, 'unavailable');
    }
    assert.deepEqual(ringsOf(profile.instance), []);
    await assert.rejects(appliance.apply(profile), { code: 'unavailable' });
    // What listened or waited would keep a program alive.
    const left = () => process.getActiveResourcesInfo().filter((kind) => /TCPServer|ProcessWrap/.test(kind));
    await until('nothing listens', () => left().length === 0);
  });
}
