/** What of a running appliance's changes is kept, and what is read again. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { actions, done, folder, freshState, live, send, side, started } from '../../test/support/changes.js';
import { footage } from '../../test/support/footage.js';
import { Appliance } from './appliance.js';
import { MjpegViewer, smallDisk, smallProfile, until } from './testing.js';

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
  await fourth.close();

  const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  await writeFile(path.join(state, kept), `{"version": 1, "content": {"profile": "x", "changes": ${deep}}}`);
  const fifth = await started(t, file);
  assert.match(fifth.notices.join(), /is set aside/);
});

test('what the API changed and cannot be done at the next start: a slate for a source, else the place it is kept', {
  timeout: 120_000,
}, async (t) => {
  const state = freshState();
  const [file, video] = ['blamed.json', 'short-lived.mp4'].map((name) => path.join(folder, name));
  assert.ok(file && video);
  await writeFile(file, JSON.stringify(smallProfile()));
  await copyFile(await footage(), video);
  const first = await started(t, file);
  await done(first, 'PATCH', '/cameras/front', { source: `file:${video}` });
  await first.close();
  await rm(video);
  const second = await started(t, file);
  assert.match(second.notices.join(), /short-lived\.mp4/);
  await done(second, 'PATCH', '/cameras/front', { source: 'test' });

  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  other.close();
  await once(other, 'close');
  await done(second, 'PATCH', '/cameras/front/streams/low', { port });
  await second.close();
  other.listen(port, '127.0.0.1');
  await once(other, 'listening');
  const [kept = ''] = await readdir(state);
  await assert.rejects(started(t, file), (error: Error) => error.message.includes(path.join(state, kept)));
});

test('changes are kept under a name, and not at a path', async () => {
  for (const state of ['../elsewhere', 'a/b', ''])
    await assert.rejects(Appliance.start(smallProfile(), { state }), {
      code: 'bad-request',
      message: /^state: expected letters/,
    });
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
  const limits = { sessions: { camera: 1 } };
  await write({ ...profile, http: { port: 1 }, limits, cameras: { ...cameras, side } });
  const reloaded = await done(appliance, 'POST', '/profile/reload');
  assert.deepEqual([reloaded.needsRestart, actions(reloaded).at(-1)], [['http.port'], 'change-limits']);
  const viewer = new MjpegViewer(`${appliance.addresses.http}/side/tiny.mjpg`);
  await until('it is watched', () => viewer.parts > 0);
  assert.equal((await fetch(`${appliance.addresses.http}/side/tiny.mjpg`)).status, 503);
  viewer.close();
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
  await write({ ...profile, cameras: { side } });
  const orphaned = await send(appliance, 'POST', '/profile/reload');
  const [fault] = orphaned.body.errors ?? [];
  assert.deepEqual([orphaned.status, fault?.field], [422, 'cameras.front.source']);
  assert.match(fault?.message ?? '', /^changed by the API: expected a source/);
  await writeFile(file, '{ "cameras": ');
  assert.equal((await send(appliance, 'POST', '/profile/reload')).status, 422);
  assert.deepEqual(appliance.camera('side').profile.source[0].kind, 'test');
  await until('all go on', live(appliance));
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
