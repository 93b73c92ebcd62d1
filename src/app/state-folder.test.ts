import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '../base/log.js';
import { StateFolder, stateFolderPath } from './state-folder.js';
import { smallDisk } from './testing.js';

const kind = { name: 'thing', version: 1, schema: z.strictObject({ colour: z.string() }) };
const asRoot = process.getuid?.() === 0;

async function folder(t: test.TestContext): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'teecam-state-'));
  t.after(() => rm(parent, { recursive: true }));
  return path.join(parent, 'state');
}

test('what is written is read again, and nobody else may', async (t) => {
  const place = await folder(t);
  const state = new StateFolder(silentLog, place);
  assert.equal(await state.read(kind), null);
  await assert.rejects(stat(place), { code: 'ENOENT' }, 'nothing is made before something is kept');
  await state.write(kind, { colour: 'red' });
  await state.write(kind, { colour: 'green' });
  assert.deepEqual(await new StateFolder(silentLog, place).read(kind), { colour: 'green' });
  assert.deepEqual(await readdir(place), ['thing.json']);
  assert.equal((await stat(place)).mode & 0o777, 0o700);
  assert.equal((await stat(path.join(place, 'thing.json'))).mode & 0o777, 0o600);
  await state.remove(kind);
  await state.remove(kind);
  assert.equal(await state.read(kind), null);
  assert.deepEqual(state.notices, []);
});

test('what a killed process was writing is removed, and what a running one writes is not', async (t) => {
  const place = await folder(t);
  await mkdir(place);
  const { pid = 0 } = spawnSync('true');
  for (const name of [`thing.json.next-${pid}`, `thing.json.next-${process.pid}`, `other.json.next-${pid}`])
    await writeFile(path.join(place, name), '{');
  assert.equal(await new StateFolder(silentLog, place).read(kind), null);
  assert.deepEqual((await readdir(place)).sort(), [
    `other.json.next-${pid}`,
    `thing.json.next-${process.pid}`,
  ]);
});

test('a broken file is set aside and named, and the next one is written', async (t) => {
  const place = await folder(t);
  await mkdir(place);
  const cases: [string, RegExp][] = [
    ['{"version": 1, "cont', /no JSON/],
    ['', /no JSON/],
    ['[]', /no version/],
    ['{"version": 2, "content": {"colour": "red"}}', /version 2, and this Teecam knows 1/],
    ['{"version": 1, "content": {"colour": 7}}', /colour/],
  ];
  for (const [text, why] of cases) {
    await writeFile(path.join(place, 'thing.json'), text);
    const state = new StateFolder(silentLog, place);
    assert.equal(await state.read(kind), null);
    assert.match(state.notices.join(), why);
    const [aside = ''] = await readdir(place);
    assert.match(aside, /^thing\.json\.broken-2/);
    assert.ok(state.notices.join().includes(aside));
    assert.equal(await readFile(path.join(place, aside), 'utf8'), text);
    await state.write(kind, { colour: 'blue' });
    assert.deepEqual(await state.read(kind), { colour: 'blue' });
    await rm(path.join(place, aside));
  }
});

test('a folder that may not be used is named', { skip: asRoot && 'root may do everything' }, async (t) => {
  const place = await folder(t);
  await mkdir(place, { mode: 0o500 });
  const state = new StateFolder(silentLog, place);
  await assert.rejects(state.write(kind, { colour: 'red' }), {
    code: 'no-permission',
    message: /thing\.json/,
  });
  await writeFile(path.join(path.dirname(place), 'thing.json'), '').then(() => chmod(place, 0o000));
  await assert.rejects(state.read(kind), { code: 'no-permission' });
  await chmod(place, 0o700);
});

test('a full disk: the file before stays whole', async (t) => {
  const place = smallDisk(t, '64k');
  if (place === null) return;
  const state = new StateFolder(silentLog, place);
  await state.write(kind, { colour: 'red' });
  // The disk takes a part of it, and then no more.
  await assert.rejects(state.write(kind, { colour: 'x'.repeat(100_000) }), {
    code: 'no-space',
    message: /thing\.json cannot be written: the disk is full/,
  });
  assert.deepEqual(await readdir(place), ['thing.json']);
  assert.deepEqual(await state.read(kind), { colour: 'red' });
  await state.write(kind, { colour: 'green' });
  assert.deepEqual(await state.read(kind), { colour: 'green' });
});

test('where it lies', () => {
  const none = '/nowhere/teecam';
  assert.equal(stateFolderPath({ STATE_DIRECTORY: '/a:/b', XDG_STATE_HOME: '/c' }, none), '/a');
  assert.equal(stateFolderPath({}, tmpdir()), tmpdir());
  if (asRoot) assert.equal(stateFolderPath({ XDG_STATE_HOME: '/c' }, none), none);
  else {
    assert.equal(stateFolderPath({ XDG_STATE_HOME: '/c' }, none), '/c/teecam');
    assert.equal(stateFolderPath({}, none), path.join(homedir(), '.local/state/teecam'));
  }
});
