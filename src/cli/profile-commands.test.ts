import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadShipped, shippedProfiles } from '../../test/support/profiles.js';
import { repositoryUrl } from '../../test/support/repository.js';
import { type Capabilities, fullCapabilities } from '../plan/capabilities.js';
import { checked } from './check.js';
import { plansOf, render } from './graph.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));
const profile = (name: string) => fileURLToPath(new URL(`pipelines/${name}.yaml`, repositoryUrl));

function teecam(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('graph prints a shipped profile in every format', () => {
  for (const [format, expected] of [
    ['text', /^camera front\n {2}source\.camera: v4l2src /],
    ['dot', /^digraph teecam \{\n/],
    ['svg', /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /],
    ['json', /^\[\n/],
  ] as const) {
    const { status, stdout, stderr } = teecam('graph', profile('default'), '--format', format);
    assert.deepEqual([status, stderr], [0, ''], format);
    assert.match(stdout, expected);
  }
});

test('the drawing has every element, and is well-formed', () => {
  for (const name of shippedProfiles) {
    const plans = plansOf(loadShipped(name).profile, fullCapabilities);
    const svg = render(plans, 'svg');
    // The gate stands between the two pipelines; one more rectangle is the background.
    const boxes = plans.reduce(
      (sum, { source, stage }) => sum + source.graph.nodes.length + stage.graph.nodes.length + 1,
      1,
    );
    assert.equal(svg.match(/<rect /g)?.length, boxes);
    for (const tag of ['svg', 'text', 'tspan', 'style'])
      assert.equal(
        svg.match(new RegExp(`<${tag}[ >]`, 'g'))?.length,
        svg.match(new RegExp(`</${tag}>`, 'g'))?.length,
      );
    assert.ok(!/NaN|undefined|null/.test(svg));
  }
});

test('graph plans for the capabilities it is given', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'teecam-graph-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'capabilities.json');
  writeFileSync(file, JSON.stringify({ elements: { ...fullCapabilities.elements, x264enc: false } }));
  assert.match(
    teecam('graph', profile('default'), '--capabilities', file).stdout,
    /high\.encode: openh264enc/,
  );
  const pi = fileURLToPath(new URL('pipelines/machines/raspberry-pi-4.json', repositoryUrl));
  assert.match(
    teecam('graph', profile('default'), '--capabilities', pi).stdout,
    /high\.encode: v4l2h264enc extra-controls=controls,video_bitrate=4000000/,
  );
  writeFileSync(file, '{}');
  const { status, stderr } = teecam('graph', profile('default'), '--capabilities', file);
  assert.equal(status, 2);
  assert.match(stderr, /does not tell capabilities/);
});

test('check tells what a profile makes', () => {
  const text = checked('x.yaml', loadShipped('default'), fullCapabilities);
  assert.match(text, /^x\.yaml is right\n\ncamera front: auto, asked for 1920x1080 at 60\n/);
  for (const part of [
    'high: h264 1920x1080 at 30, 4000 kbit/s, x264enc',
    'rtsp://127.0.0.1:8554/front/high',
    'http://127.0.0.1:8080/front/medium.mjpg',
    'http://127.0.0.1:8001/',
    '/dev/shm/teecam.front.analysis (24.9 MB)',
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /rings: \d+\.\d MB of \/dev\/shm\n$/);
});

test('check names every element that is missing, with its package', () => {
  const missing = { x264enc: false, openh264enc: false, jpegenc: false };
  const lacking: Capabilities = { elements: { ...fullCapabilities.elements, ...missing } };
  const check = () => checked('x.yaml', loadShipped('default'), lacking);
  assert.throws(check, {
    code: 'missing-element',
    message: /x264enc.*plugins-ugly\n.*jpegenc.*plugins-good$/,
  });
});

test('a wrong profile ends with 78 and all its faults, a file that is not there too, wrong usage with 2', () => {
  const wrong = teecam(
    'check',
    profile('default'),
    '--set',
    'http.port=x',
    '--set',
    'cameras.front.source=tset',
  );
  assert.equal(wrong.status, 78);
  assert.equal(wrong.stdout, '');
  assert.match(wrong.stderr, /--set http\.port=x: http\.port: expected a whole number; found "x"/);
  assert.match(wrong.stderr, /cameras\.front\.source: .*found "tset"; did you mean test\?/);
  assert.equal(teecam('check', '/no/such/file.yaml').status, 78);
  assert.equal(teecam('check').status, 2);
  assert.equal(teecam('graph', profile('default'), '--format', 'png').status, 2);
});
