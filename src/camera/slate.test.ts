import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { silentLog } from '../base/log.js';
import { slateModes } from '../profile/schema.js';
import { reasonWords, startingWords } from './reason-words.js';
import { retryWords } from './retry.js';
import { checkImage, drawSlate } from './slate.js';
import { SlateFile } from './slate-file.js';
import { type SlateLook, type SlatePicture, slateSvg } from './slate-svg.js';

const since = new Date(2026, 0, 2, 3, 4, 5);
const look: SlateLook = {
  mode: 'text',
  title: 'front',
  subtitle: null,
  image: null,
  colours: { background: '#102030', text: '#ffeedd' },
};
const picture: SlatePicture = { width: 320, height: 180, look, words: reasonWords.gone, since, retry: null };

async function folderOf(t: { after(call: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-slate-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

/** Of a pixel, in parts of width and height. */
function colourAt(frame: Buffer, x: number, y: number): number[] {
  const at = 3 * (Math.floor(y * 180) * 320 + Math.floor(x * 320));
  return [...frame.subarray(at, at + 3)];
}

test('a slate is RGB of its size, in its colours', async () => {
  const frame = await drawSlate(picture);
  assert.equal(frame.length, 320 * 180 * 3);
  assert.deepEqual(colourAt(frame, 0.01, 0.01), [0x10, 0x20, 0x30]);
  assert.ok(frame.filter((value) => value > 200).length > 600, 'something is drawn on it');
  assert.equal((await drawSlate({ ...picture, width: 33, height: 17 })).length, 33 * 17 * 3);
});

test('in each mode it says what happened, which camera, since when, and when it is tried again', () => {
  for (const mode of slateModes) {
    const svg = slateSvg({ ...picture, look: { ...look, mode, title: '<&"' }, retry: 'tried every 10 s' });
    assert.match(svg, /Camera lost/, mode);
    assert.match(svg, /&#60;&#38;&#34;/, mode);
    assert.match(svg, /since 2026-01-02 03:04:05</, mode);
    assert.match(svg, />tried every 10 s</, mode);
    assert.match(svg, /Check its cable/, mode);
    const subtitle = slateSvg({ ...picture, look: { ...look, mode, subtitle: 'Back soon' } });
    assert.match(subtitle, />Back soon</, mode);
    assert.doesNotMatch(subtitle, /Check its cable|tried/, mode);
    assert.doesNotMatch(slateSvg({ ...picture, look: { ...look, mode } }, false), /<text/, mode);
  }
});

test('the symbol is crossed out where something is wrong', () => {
  assert.match(slateSvg(picture), /M-20 13/);
  assert.doesNotMatch(slateSvg({ ...picture, words: startingWords }), /M-20 13/);
});

test('a long line becomes smaller instead of being cut', () => {
  const sizeOf = (title: string) => {
    const svg = slateSvg({ ...picture, look: { ...look, mode: 'colour', title } });
    return Number(/font-size="([\d.]+)"/.exec(svg)?.[1]);
  };
  assert.equal(sizeOf('x'.repeat(10)), sizeOf('y'));
  assert.ok(sizeOf('x'.repeat(80)) * 80 * 0.6 <= 320);
});

test('the pattern has colours, and the band below the text', async () => {
  const frame = await drawSlate({ ...picture, look: { ...look, mode: 'pattern' } });
  assert.deepEqual(colourAt(frame, 0.2, 0.3), [0xc0, 0xc0, 0]);
  assert.deepEqual(colourAt(frame, 0.98, 0.3), [0, 0, 0xc0]);
  const [red = 0, green = 0, blue = 0] = colourAt(frame, 0.2, 0.99);
  assert.ok(red < 0x40 && green < 0x40 && blue < 0x40, 'the band shines through');
});

test('an image is shown whole on the ground, and what is none is told', async (t) => {
  const folder = await folderOf(t);
  const image = path.join(folder, 'logo.png');
  await sharp({ create: { width: 40, height: 40, channels: 4, background: '#ff000080' } }).toFile(image);
  const frame = await drawSlate({ ...picture, look: { ...look, mode: 'image', image } });
  assert.equal(frame.length, 320 * 180 * 3);
  const [red = 0] = colourAt(frame, 0.5, 0.3);
  assert.ok(red > 0x70 && red < 0xa0, 'half of its red, and half of the ground');
  assert.deepEqual(colourAt(frame, 0.05, 0.3), [0x10, 0x20, 0x30]);

  await checkImage(image);
  const text = path.join(folder, 'notes.txt');
  await writeFile(text, 'no picture');
  for (const wrong of [text, path.join(folder, 'nowhere.png'), folder]) {
    await assert.rejects(checkImage(wrong), { code: 'bad-image', message: /cannot be shown/ });
  }
});

test('the file is replaced whole and can be removed twice', async (t) => {
  const folder = await folderOf(t);
  const options = { folder, camera: 'front', size: { width: 64, height: 48 }, look, log: silentLog };
  const file = new SlateFile(options);
  await file.draw({ reason: null, since, retry: null });
  const first = await readFile(file.path);
  await file.draw({ reason: 'gone', since, retry: null });
  assert.equal(first.length, 64 * 48 * 3);
  const second = await readFile(file.path);
  assert.ok(!second.equals(first));
  assert.deepEqual(await readdir(folder), ['front.rgb']);
  file.restyle({ ...look, mode: 'image', image: path.join(folder, 'nowhere.png') });
  await file.draw({ reason: 'gone', since, retry: null });
  assert.deepEqual(await readFile(file.path), second, 'the text, where there is no image');
  await file.remove();
  await file.remove();
});

test('a wait is worth saying from five seconds on, and once where it repeats', () => {
  assert.equal(retryWords({ inMs: 2000, repeats: false }, since), null);
  assert.equal(retryWords({ inMs: 30_000, repeats: false }, since), 'next try at 2026-01-02 03:04:35');
  assert.equal(retryWords({ inMs: 10_000, repeats: true }, since), 'tried again every 10 s');
});
