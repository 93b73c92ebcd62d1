/** Streams of other shapes, as the API brings them to a camera that runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import type { ChangeView } from '../src/api/views.js';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { until } from './support/until.js';

test('a stream that cuts or stretches comes while others are watched', { timeout: 120_000 }, async () => {
  const square = { codec: 'jpeg', width: 180, height: 180, framerate: 15 };
  await using appliance = await RunningAppliance.start({
    cameras: {
      front: {
        source: 'test:smpte100',
        capture: { width: 320, height: 180 },
        streams: { whole: square, cut: { ...square, fit: 'cover' } },
      },
    },
  });
  await appliance.ready();
  using viewer = await MjpegViewer.open(appliance.http('/front/whole.mjpg'));
  await until('it is watched', () => viewer.parts.length > 0, { withinMs: 20_000 });
  const response = await fetch(appliance.http('/api/v1/cameras/front/streams'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'filled', ...square, height: 120, fit: 'stretch' }),
  });
  const text = await response.text();
  assert.ok(response.ok, text);
  const { actions } = JSON.parse(text) as ChangeView;
  assert.deepEqual(
    actions.map(({ action }) => action),
    ['add-branch'],
  );
  /** Of the upper left corner: the bar that is there, or a black one. */
  const corner = async (stream: string) => {
    const picture = await fetch(appliance.http(`/front/${stream}.jpg`));
    assert.equal(picture.status, 200);
    const { data } = await sharp(Buffer.from(await picture.arrayBuffer()))
      .extract({ left: 8, top: 8, width: 1, height: 1 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return [...data].map((value) => value > 127);
  };
  assert.deepEqual(await corner('whole'), [false, false, false]);
  assert.deepEqual(await corner('cut'), [true, true, false]);
  assert.deepEqual(await corner('filled'), [true, true, true]);
  const parts = viewer.parts.length;
  await until('the first one goes on', () => viewer.parts.length > parts, { withinMs: 20_000 });
  assert.ok(!viewer.ended);
});
