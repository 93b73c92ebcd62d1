import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { H264Stream } from '../profile/profile.js';
import { type Capabilities, fullCapabilities } from './capabilities.js';
import { type EncoderFacts, judge, planTrial, refusal } from './encoder-trial.js';
import { chooseEncoder, h264Encoder, h264Encoders } from './encoders.js';
import { h264Level } from './h264-level.js';
import { camera } from './testing.js';

const works = { works: true, detail: '' };
const refused = { works: false, detail: 'it gives no frames' };

function h264(more: object = {}): H264Stream {
  const stream = { codec: 'h264', width: 1280, height: 720, framerate: 30, ...more };
  const { high } = camera({ high: stream }).streams;
  assert.ok(high?.codec === 'h264');
  return high;
}

function chosen(capabilities: Capabilities, more: object = {}, failed: string[] = []): string {
  const choice = { stream: h264(more), capabilities, failed: new Set(failed), purpose: 'stream front/high' };
  return chooseEncoder(choice).element;
}

const { elements } = fullCapabilities;

test('hardware is taken where it has proved itself, in the order of the table, else software', () => {
  assert.equal(chosen({ elements }), 'x264enc', 'nothing was tried');
  assert.equal(chosen({ elements, encoders: { vah264lpenc: works } }), 'vah264lpenc');
  assert.equal(chosen({ elements, encoders: { vah264lpenc: works, vah264enc: works } }), 'vah264enc');
  // A stub of a device: the element is there, opens it, and encodes nothing.
  assert.equal(chosen({ elements, encoders: { nvv4l2h264enc: refused } }), 'x264enc');
  assert.equal(chosen({ elements, encoders: { x264enc: refused } }), 'openh264enc');
  assert.equal(chosen({ elements: { openh264enc: true, vah264enc: true } }), 'openh264enc');
  assert.equal(chosen({ elements: { x264enc: true }, encoders: { vah264enc: works } }), 'x264enc');
});

test('an encoder that a stream names is taken unless it was refused, and the refusal is told', () => {
  const named = { encoder: 'v4l2h264enc' };
  assert.equal(chosen({ elements }, named), 'v4l2h264enc');
  assert.equal(chosen({ elements, encoders: { vah264enc: works } }, named), 'v4l2h264enc');
  assert.throws(() => chosen({ elements, encoders: { v4l2h264enc: refused } }, named), {
    code: 'missing-element',
    message: 'stream front/high needs v4l2h264enc, which does not work here: it gives no frames',
  });
  assert.throws(() => chosen({ elements: { x264enc: true } }, named), {
    code: 'missing-element',
    message: /needs v4l2h264enc, which GStreamer does not have here: apt-get install/,
  });
  assert.throws(() => chosen({ elements: {} }), { message: /needs x264enc, which GStreamer/ });
});

test('one that failed while it ran is not taken again, even where it is named', () => {
  const capabilities = { elements, encoders: { v4l2h264enc: works, vah264enc: works } };
  assert.equal(chosen(capabilities, {}, ['v4l2h264enc']), 'vah264enc');
  assert.equal(chosen(capabilities, {}, ['v4l2h264enc', 'vah264enc']), 'x264enc');
  assert.equal(chosen(capabilities, { encoder: 'v4l2h264enc' }, ['v4l2h264enc']), 'vah264enc');
});

test('levels have room for the picture and its rate', () => {
  const level = (width: number, height: number, framerate: number) =>
    h264Level({ width, height, framerate: [framerate, 1] });
  assert.deepEqual(
    [level(640, 360, 30), level(1920, 1080, 30), level(1920, 1080, 60), level(1280, 720, 120)],
    ['4', '4', '4.2', '4.2'],
  );
  assert.deepEqual(
    [level(3840, 2160, 30), level(3840, 2160, 60), level(16384, 16384, 60)],
    ['5.1', '5.2', '5.2'],
  );
});

const good: EncoderFacts = {
  frames: 18,
  keyFrames: [0, 6, 12],
  slices: 1,
  parameterSets: true,
  cpuMsPerFrame: 10,
};

test('what an encoder did in its trial is judged', () => {
  assert.equal(refusal(good), null);
  // A driver takes a request one frame later, or has one for two.
  assert.equal(refusal({ ...good, keyFrames: [0, 8, 13] }), null);
  assert.equal(refusal({ ...good, keyFrames: [0, 7] }), null);
  const wrong: [Partial<EncoderFacts>, RegExp][] = [
    [{ frames: 0, keyFrames: [] }, /no frames/],
    [{ keyFrames: [3, 6] }, /first frame/],
    [{ keyFrames: [0] }, /when it is asked/],
    [{ keyFrames: [0, 2, 4, 6, 8, 10, 12, 14, 16] }, /nobody asked/],
    [{ slices: 4 }, /4 slices/],
    [{ parameterSets: false }, /parameter sets/],
  ];
  for (const [part, words] of wrong) assert.match(refusal({ ...good, ...part }) ?? '', words);
});

test('the judgement is a sentence with what it costs', () => {
  const stream = h264({ width: 1920, height: 1080, framerate: 30 });
  assert.deepEqual(judge({ facts: good }, stream), {
    works: true,
    detail: 'a test picture of 1920x1080 at 30 takes 30 % of one core',
  });
  assert.deepEqual(judge({ trouble: 'it crashed' }, stream), { works: false, detail: 'it crashed' });
  assert.equal(judge({ facts: { ...good, frames: 0 } }, stream).works, false);
});

test('a trial has the elements of a camera, with the same properties', () => {
  for (const encoder of h264Encoders) {
    const stream = h264();
    const { graph, encoder: id, keyFrameBy } = planTrial(encoder, stream);
    const node = graph.nodes.find((one) => one.id === id);
    assert.deepEqual([node?.element, node?.properties], [encoder.element, encoder.properties(stream)]);
    assert.equal(keyFrameBy, encoder.keyFrameBy);
    for (const step of encoder.input) assert.ok(graph.nodes.some(({ element }) => element === step.element));
    assert.equal(graph.nodes.at(-1)?.element, 'fakesink');
  }
  assert.equal(h264Encoder('jpegenc'), undefined);
});
