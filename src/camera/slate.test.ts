import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { reasonWords, startingWords } from './reason-words.js';
import { drawSlate, slateSvg } from './slate.js';
import { SlateFile } from './slate-file.js';

const since = new Date(2026, 0, 2, 3, 4);
const picture = { width: 320, height: 180, title: 'front', words: reasonWords.gone, since };

test('a slate is RGB of its size, and not empty', async () => {
  const frame = await drawSlate(picture);
  assert.equal(frame.length, 320 * 180 * 3);
  assert.ok(frame.filter((value) => value > 150).length > 600, 'something is drawn on it');
  assert.equal((await drawSlate({ ...picture, width: 33, height: 17 })).length, 33 * 17 * 3);
});

test('it says what happened, which camera, since when, and nothing breaks it', () => {
  const svg = slateSvg({ ...picture, title: '<&"' });
  assert.match(svg, /Camera lost/);
  assert.match(svg, /&#60;&#38;&#34;, since 03:04/);
  assert.doesNotMatch(slateSvg(picture, false), /<text/);
  assert.match(slateSvg(picture), /M-20 13/, 'the camera is crossed out');
  assert.doesNotMatch(slateSvg({ ...picture, words: startingWords }), /M-20 13/);
});

test('the file is replaced whole and can be removed twice', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-slate-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = new SlateFile(folder, 'front', {
    title: 'Front door',
    size: { width: 64, height: 48 },
  });
  await file.draw(null, since);
  const first = await readFile(file.path);
  await file.draw('gone', since);
  assert.equal(first.length, 64 * 48 * 3);
  assert.ok(!(await readFile(file.path)).equals(first));
  assert.deepEqual(await readdir(folder), ['front.rgb']);
  await file.remove();
  await file.remove();
});
