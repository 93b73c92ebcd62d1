import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadNative } from '../native/load.js';
import { plannedElements } from '../plan/packages.js';
import { DecoderTrials, decoderTrial } from './decoder-trials.js';

const elements = await loadNative().elements(plannedElements);

test('the decoders of this machine decode a test picture, once', async () => {
  let tried = 0;
  const trials = new DecoderTrials({ elements }, async (...request) => {
    tried += 1;
    return decoderTrial(...request);
  });
  const [found, again] = await Promise.all([trials.decoders(), trials.decoders()]);
  assert.deepEqual(
    found.map(({ media, works }) => [media, works]),
    [
      ['jpeg', true],
      ['h264', true],
      ['h265', true],
    ],
    JSON.stringify(found),
  );
  assert.equal(again, found);
  assert.equal(tried, 3);
});

test('one that is missing, one that fails, and one that decodes something else', async () => {
  const without = { elements: { ...elements, avdec_h264: false, openh264dec: false } };
  const [jpeg, h264] = await new DecoderTrials(without, async () => 'its process ended').decoders();
  assert.deepEqual(jpeg, { media: 'jpeg', name: 'jpegdec', works: false, detail: 'its process ended' });
  assert.equal(h264?.name, null);
  assert.match(h264?.detail ?? '', /decoding h264 needs avdec_h264.*apt-get install gstreamer1\.0-libav/);
  const { signal } = new AbortController();
  const wrong = { element: 'jpegdec', properties: {} };
  assert.notEqual(await decoderTrial('h264', wrong, signal), null);
});
