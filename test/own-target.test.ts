/** A target of somebody's own, as docs/pads.md has it, on a running camera. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { Analyser, Appliance, heldMessages, leakedMessages, stopCodes } from 'teecam';
import { EveryTenth } from './support/every-tenth.js';
import { repositoryUrl } from './support/repository.js';
import { until } from './support/until.js';

const profile = () => ({
  instance: `t${randomBytes(5).toString('hex')}`,
  http: { port: 0 },
  rtsp: { port: 0 },
  cameras: {
    front: {
      source: 'test',
      capture: { width: 320, height: 240, framerate: 15 },
      streams: { low: { codec: 'jpeg', width: 320, height: 240, framerate: 15 } },
    },
  },
});

test('the page shows the target that is tested here', async () => {
  const page = await readFile(new URL('docs/pads.md', repositoryUrl), 'utf8');
  const source = await readFile(new URL('test/support/every-tenth.ts', repositoryUrl), 'utf8');
  assert.ok(page.includes(`\`\`\`ts\n${source}\`\`\``), 'docs/pads.md has another one');
  assert.ok(source.split('\n').length <= 25);
});

test('it counts every frame, and saves every tenth as a picture', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'teecam-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const appliance = await Appliance.start(profile());
  t.after(() => appliance.close());
  const pad = appliance.camera('front').pad('low');
  const target = new EveryTenth(folder);
  const connection = pad.connect(target);
  await until('31 frames', () => target.frames >= 31, { withinMs: 30_000 });
  assert.deepEqual(target.info(), { kind: 'every-tenth', frames: target.frames });
  connection.disconnect();
  await until('every message is released', () => heldMessages() === 0);
  assert.equal(leakedMessages(), 0);

  const pictures = await readdir(folder);
  assert.equal(pictures.length, Math.floor(target.frames / 10));
  for (const picture of pictures) {
    const { format, width, height } = await sharp(join(folder, picture)).metadata();
    assert.deepEqual([format, width, height], ['jpeg', 320, 240]);
  }
});

test('the analysis of a stream is a target too', { timeout: 60_000 }, async (t) => {
  const appliance = await Appliance.start(profile());
  t.after(() => appliance.close());
  const analyser = new Analyser();
  const connection = appliance.camera('front').pad('low').connect(analyser);
  const report = () => analyser.report(10);
  await until('two seconds', () => report().window.seconds >= 2, { withinMs: 30_000 });
  connection.disconnect();
  const { format, window } = report();
  assert.deepEqual([format?.codec, format?.width, format?.framerate], ['jpeg', 320, 15]);
  assert.ok(window.bitrateBps > 0 && window.frameBytes.all.count > 0);
  await until('every message is released', () => heldMessages() === 0);
});

test('a consumer behind a queue gets the frames in order', { timeout: 60_000 }, async (t) => {
  const appliance = await Appliance.start(profile());
  t.after(() => appliance.close());
  const pad = appliance.camera('front').pad('low');
  const sequences: number[] = [];
  const signals: number[] = [];
  const connection = pad.consume(
    {
      accept: ['start', 'packet', 'signalStatus'],
      queue: { maxBytes: 4_000_000, overflow: 'drop-to-key-frame' },
    },
    (message) => {
      if (message.type === 'packet') sequences.push(message.data.sequence);
      if (message.type === 'signalStatus') signals.push(message.data.nominalFramerate);
    },
  );
  await until('frames and a signal', () => sequences.length >= 30 && signals.length > 0, {
    withinMs: 30_000,
  });
  connection.disconnect();
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  assert.equal(signals[0], 15);
  await until('every message is released', () => heldMessages() === 0);
});

test('a stream that gets another rate is told as stop and start, to targets that stay', {
  timeout: 60_000,
}, async (t) => {
  const appliance = await Appliance.start(profile());
  t.after(() => appliance.close());
  const told: string[] = [];
  const connection = appliance
    .camera('front')
    .pad('low')
    .consume(
      { accept: ['start', 'stop', 'packet'], queue: { maxBytes: 4_000_000, overflow: 'drop-newest' } },
      ({ type, data }) => {
        const what = type === 'start' ? data.components[0] : type === 'packet' ? data.component : null;
        const line = type === 'stop' ? `stop ${data.code}` : `${type} ${what?.framerate.join('/')}`;
        if (told.at(-1) !== line) told.push(line);
      },
    );
  await until('frames', () => told.includes('packet 15/1'), { withinMs: 30_000 });
  const answer = await fetch(`${appliance.addresses.http}/api/v1/cameras/front/streams/low`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: JSON.stringify({ framerate: 5 }),
  });
  assert.equal(answer.status, 200, await answer.text());
  await until('frames at the new rate', () => told.includes('packet 5/1'), { withinMs: 30_000 });
  connection.disconnect();
  assert.deepEqual(told, [
    'start 15/1',
    'packet 15/1',
    `stop ${stopCodes.sourceReconfigured}`,
    'start 5/1',
    'packet 5/1',
  ]);
});
