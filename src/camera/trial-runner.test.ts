import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childrenOf } from '../../test/support/processes.js';
import { until } from '../../test/support/until.js';
import { type EncoderTrial, judge, planTrial } from '../plan/encoder-trial.js';
import { type EncodedStream, type Encoder, h264Encoders } from '../plan/encoders.js';
import { runTrial } from './trial-runner.js';

const executable =
  process.env['TEECAM_TEST_WORKER'] ??
  fileURLToPath(new URL('../../../build/Release/teecam-worker', import.meta.url));
const folder = await mkdtemp(path.join(tmpdir(), 'teecam-trial-'));
after(() => rm(folder, { recursive: true }));
const options = { executable, deadlineMs: 60_000 };

const stream: EncodedStream = {
  width: 320,
  height: 180,
  framerate: [30, 1],
  bitrateBps: 500_000,
  h264Profile: 'constrained-baseline',
};

function encoder(element: string): Encoder {
  const found = h264Encoders.find((one) => one.element === element);
  assert.ok(found);
  return found;
}

/** With another element in the encoder's place. */
function trialOf(
  element: string,
  properties: EncoderTrial['graph']['nodes'][number]['properties'],
): EncoderTrial {
  const trial = planTrial(encoder('x264enc'), stream);
  const raw = new Set(['trial.profile', 'trial.parse', 'trial.frames']);
  const nodes = trial.graph.nodes.map((node) => {
    if (node.id === trial.encoder) return { ...node, element, properties };
    return raw.has(node.id) ? { ...node, element: 'identity', properties: {} } : node;
  });
  return { ...trial, graph: { ...trial.graph, nodes } };
}

async function script(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

for (const { element } of h264Encoders.filter(({ hardware }) => !hardware)) {
  for (const h264Profile of ['constrained-baseline', 'high'] as const) {
    test(`${element} proves itself, ${h264Profile}`, async () => {
      if (element === 'openh264enc' && h264Profile === 'high') return; // it makes baseline only
      const wanted = { ...stream, h264Profile };
      const outcome = await runTrial(planTrial(encoder(element), wanted), options);
      const tried = judge(outcome, wanted);
      assert.ok(tried.works, tried.detail);
      assert.match(tried.detail, /^a test picture of 320x180 at 30 takes \d+ % of one core$/);
      assert.ok('facts' in outcome);
      assert.deepEqual(outcome.facts.keyFrames, [0, 6, 12]);
    });
  }
}

test('what the machine does not have, or cannot be set so, is told in GStreamer’s words', async () => {
  const missing = await runTrial(trialOf('nosuchenc', {}), options);
  assert.ok('trouble' in missing && missing.trouble.includes('nosuchenc'), JSON.stringify(missing));
  const wrong = await runTrial(trialOf('identity', { 'no-such': 1 }), options);
  assert.ok('trouble' in wrong && wrong.trouble.includes('no-such'), JSON.stringify(wrong));
  const failing = await runTrial(trialOf('identity', { 'error-after': 3 }), options);
  assert.ok('trouble' in failing, JSON.stringify(failing));
});

test('an encoder that hangs is given up at the deadline, and its process is gone', async () => {
  const hanging = trialOf('identity', { 'sleep-time': 3_600_000_000 });
  const outcome = await runTrial(hanging, { executable, deadlineMs: 1000 });
  assert.deepEqual(outcome, { trouble: 'it gave no answer within 1 s' });
  await until('its process ends', async () => (await childrenOf(process.pid)).length === 0);
});

test('an encoder that crashes, or a program that is none, is told', async () => {
  const trial = trialOf('identity', {});
  const crashing = await script('crash', 'kill -SEGV $$');
  assert.deepEqual(await runTrial(trial, { ...options, executable: crashing }), {
    trouble: 'its process was ended by SIGSEGV',
  });
  const strange = await script('strange', 'echo hello >&3');
  assert.deepEqual(await runTrial(trial, { ...options, executable: strange }), {
    trouble: 'its process ended with code 0',
  });
  const none = await runTrial(trial, { ...options, executable: path.join(folder, 'none') });
  assert.ok('trouble' in none && /cannot be started/.test(none.trouble), JSON.stringify(none));
});
