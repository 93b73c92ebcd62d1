/** Changes of a running appliance, with real workers. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  actions,
  cameraView,
  done,
  freshState,
  live,
  RingWatcher,
  send,
  side,
  started,
  tiny,
  tinySize,
} from '../../test/support/changes.js';
import { Appliance } from './appliance.js';
import { isAlive, MjpegViewer, ringsOf, smallProfile, until } from './testing.js';

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
    ['/cameras/front', { slate: { mode: 'pattern', colours: { text: '#ffffff' } } }, 'redraw-slate'],
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
  await done(appliance, 'PATCH', small, { outputs: ['rtsp'] });
  assert.equal(statSync(appliance.camera('front').stream('small').ring).mode & 0o777, 0o600, 'private now');
  assert.deepEqual([others.missed, others.discontinuities], [0, 0]);
  assert.deepEqual([own.ended, mjpeg.ended], [false, false]);
});

test('a change that takes another worker: viewers stay, and no number is given twice or left out', {
  timeout: 120_000,
}, async (t) => {
  freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  await until('it is live', live(appliance));
  const high = new RingWatcher(profile.instance, 'front', 'high');
  const mjpeg = new MjpegViewer(`${appliance.addresses.http}/front/low.mjpg`);
  t.after(() => {
    high.close();
    mjpeg.close();
  });
  await until('both are watched', () => high.frames > 5 && mjpeg.parts > 5);
  const worker = appliance.camera('front').supervisor.workerPid;
  const change = await done(appliance, 'PATCH', '/cameras/front/streams/high', {
    framerate: 30,
    bitrate: '20M',
  });
  assert.deepEqual(actions(change), ['restart-camera']);
  const [frames, parts] = [high.frames, mjpeg.parts];
  await until('both see more', () => high.frames > frames + 5 && mjpeg.parts > parts + 5);
  assert.notEqual(appliance.camera('front').supervisor.workerPid, worker);
  assert.deepEqual([high.missed, high.ended, mjpeg.ended], [0, false, false]);
  assert.ok(high.reopened > 0, 'the ring is a larger one');
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

test('an image that cannot be shown is refused by the API, and none at the start is a notice', {
  timeout: 120_000,
}, async (t) => {
  freshState();
  const profile = smallProfile();
  const slate = { mode: 'image', image: '/nowhere.png' };
  const cameras = { front: { ...profile.cameras['front'], slate } };
  const appliance = await started(t, { ...profile, cameras });
  assert.match(appliance.notices.join(), /cameras\.front\.slate\.image: \/nowhere\.png cannot be shown/);
  await until('it is live', live(appliance));
  await done(appliance, 'PATCH', '/cameras/front', { slate: { title: 'Door' } });
  const refused = await send(appliance, 'PATCH', '/cameras/front', { slate: { image: '/elsewhere.png' } });
  assert.equal(refused.status, 422);
  assert.match(refused.body.detail, /cameras\.front\.slate\.image: \/elsewhere\.png cannot be shown/);
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

test('a socket that cannot be made: the change is refused, and others go on to be possible', {
  timeout: 120_000,
}, async (t) => {
  const state = freshState();
  const profile = smallProfile();
  const appliance = await started(t, profile);
  await until('it is live', live(appliance));
  const { front } = profile.cameras;
  assert.ok(front);
  const withSocket = (shmsink: string) => {
    const extra = { ...front.streams.low, outputs: ['shmsink'], shmsink };
    return { ...profile, cameras: { front: { ...front, streams: { ...front.streams, extra } } } };
  };
  const file = fileURLToPath(import.meta.url);
  const inUse = { code: 'address-in-use', message: /extra\.shmsink/ };
  await assert.rejects(appliance.apply(withSocket(file)), inUse);
  const nowhere = { code: 'bad-profile', message: /no folder.*extra\.shmsink/ };
  await assert.rejects(appliance.apply(withSocket('/nowhere/socket')), nowhere);
  assert.equal(appliance.camera('front').streams.length, 2);
  await appliance.apply(withSocket(`${state}.socket`));
  assert.equal(appliance.camera('front').streams.length, 3);
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
