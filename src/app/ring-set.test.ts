import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import type { RingFileErrorCode, RingFileHandle, RingOptions } from '../native/port.js';
import { type RingRequest, RingSet, removeStaleRings } from './ring-set.js';

const request = (stream: string): RingRequest => ({
  path: `/dev/shm/teecam.front.${stream}`,
  geometry: { frameCount: 16, slotCount: 0, slotSize: 0, arenaSize: 1024 * 1024 },
  instance: '',
  camera: 'front',
  stream,
  mode: 0o640,
  gid: null,
});

/** Makes no files, and refuses what it is told to. */
class FakeRings {
  /** By path: the arena's size. */
  readonly open = new Map<string, number>();
  readonly drafts = new Map<string, number>();
  readonly made: string[] = [];
  refuse: { path: string; code: RingFileErrorCode; facts?: object } | null = null;
  lost = false;

  createRing = (file: string, options: RingOptions): RingFileHandle => {
    if (this.refuse?.path === file) {
      throw Object.assign(new Error('refused'), { code: this.refuse.code, ...this.refuse.facts });
    }
    this.made.push(file);
    this.open.set(file, options.geometry.arenaSize);
    return {
      path: file,
      origin: 'created',
      draft: (next) => {
        if (this.refuse?.path === `${file} draft`)
          throw Object.assign(new Error('refused'), { code: this.refuse.code });
        this.drafts.set(file, next.geometry.arenaSize);
      },
      publishDraft: () => {
        this.open.set(file, this.drafts.get(file) ?? 0);
        this.drafts.delete(file);
      },
      dropDraft: () => void this.drafts.delete(file),
      republish: () => this.lost,
      readers: () => 3,
      newestCaptureNs: () => Number(process.hrtime.bigint()) - 5e6,
      close: () => void this.open.delete(file),
    };
  };
}

test('all rings or none', () => {
  const fake = new FakeRings();
  const set = new RingSet(fake, silentLog);
  set.change([request('high'), request('low')]);
  assert.equal(fake.open.size, 2);
  assert.equal(set.readers('/dev/shm/teecam.front.low'), 3);
  assert.ok((set.ageMs('/dev/shm/teecam.front.low') ?? 0) >= 5);
  assert.equal(set.ageMs('/dev/shm/teecam.other'), null);
  set[Symbol.dispose]();
  assert.equal(fake.open.size, 0);
  assert.throws(() => set.change([request('high')]), { code: 'closed' });
});

const low = '/dev/shm/teecam.front.low';
const large = (stream: string): RingRequest => ({
  ...request(stream),
  geometry: { ...request(stream).geometry, arenaSize: 2 * 1024 * 1024 },
});

test('rings are put in the place of others, and everything can be as it was', () => {
  const fake = new FakeRings();
  const set = new RingSet(fake, silentLog);
  set.change([request('high'), request('low')]);
  const before = new Map(fake.open);

  const step = set.change([request('more'), large('low')]);
  assert.deepEqual([fake.open.size, fake.open.get(low)], [3, 1024 * 1024], 'not replaced yet');
  step.publish();
  assert.equal(fake.open.get(low), 2 * 1024 * 1024);
  step.undo();
  step.undo();
  assert.deepEqual(fake.open, before);
  set.change([large('low')]).undo();
  assert.deepEqual([fake.open, fake.drafts.size], [before, 0]);

  set.change([large('low')]).publish();
  assert.equal(fake.open.get(low), 2 * 1024 * 1024);
  set.remove([low, '/dev/shm/teecam.nothing']);
  assert.deepEqual([...fake.open.keys()], ['/dev/shm/teecam.front.high']);
});

test('a step that fails half way leaves what was before; one under way at the end leaves nothing', () => {
  const fake = new FakeRings();
  const set = new RingSet(fake, silentLog);
  set.change([request('low')]);
  fake.refuse = { path: '/dev/shm/teecam.front.more', code: 'no-space' };
  assert.throws(() => set.change([large('low'), request('other'), request('more')]), { code: 'no-space' });
  assert.deepEqual([[...fake.open], fake.drafts.size], [[[low, 1024 * 1024]], 0]);
  fake.refuse = { path: `${low} draft`, code: 'no-space' };
  assert.throws(() => set.change([request('other'), large('low')]), { code: 'no-space' });
  assert.deepEqual([...fake.open], [[low, 1024 * 1024]]);
  const step = set.change([request('other')]);
  set[Symbol.dispose]();
  step.undo();
  assert.equal(fake.open.size, 0);
});

test('too small a /dev/shm: what is needed for each stream, and nothing is left', () => {
  const fake = new FakeRings();
  fake.refuse = {
    path: '/dev/shm/teecam.front.low',
    code: 'no-space',
    facts: { neededBytes: 1, freeBytes: 512 * 1024 },
  };
  assert.throws(() => new RingSet(fake, silentLog).change([request('high'), request('low')]), {
    code: 'no-space',
    message:
      /need 2\.0 MiB \(teecam\.front\.high 1\.0 MiB, teecam\.front\.low 1\.0 MiB\), of which 0\.5 MiB are left/,
  });
  assert.equal(fake.open.size, 0);
});

test('more than the memory holds is refused before a file is made, however large /dev/shm is', () => {
  const fake = new FakeRings();
  const set = new RingSet(fake, silentLog);
  const huge = request('huge');
  huge.geometry = { ...huge.geometry, arenaSize: 2 ** 50 };
  assert.throws(() => set.change([request('low'), huge]), {
    code: 'no-space',
    message: /teecam\.front\.huge 1073741824\.0 MiB.*memory left/,
  });
  assert.equal(fake.open.size, 0);
});

test('each refusal has its code', () => {
  for (const code of ['owned', 'no-permission', 'failed'] as const) {
    const fake = new FakeRings();
    fake.refuse = { path: '/dev/shm/teecam.front.high', code };
    assert.throws(() => new RingSet(fake, silentLog).change([request('high')]), { code });
  }
});

test('stale rings of this instance go; wanted ones, owned ones and those of others stay', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-shm-'));
  t.after(() => rm(folder, { recursive: true }));
  const names = [
    'teecam.front.old',
    'teecam.front.old+jpeg',
    'teecam.front.old+jpeg-2',
    'teecam.front.high',
    'teecam.back.owned',
    'teecam.other.front.old',
    'teecam.front.old.tmp.5',
    'sem.front.old',
  ];
  for (const name of names) await writeFile(path.join(folder, name), '');
  const fake = new FakeRings();
  fake.refuse = { path: path.join(folder, 'teecam.back.owned'), code: 'owned' };
  removeStaleRings(fake, null, new Set([path.join(folder, 'teecam.front.high')]), silentLog, folder);
  const stale = ['teecam.front.old', 'teecam.front.old+jpeg', 'teecam.front.old+jpeg-2'].map((name) =>
    path.join(folder, name),
  );
  assert.deepEqual(fake.made.sort(), stale);
  assert.equal(fake.open.size, 0, 'made to be removed');

  removeStaleRings(fake, 'other', new Set(), silentLog, folder);
  assert.deepEqual(fake.made.slice(3), [path.join(folder, 'teecam.other.front.old')]);
});
