import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { controlsView } from './control-views.js';
import { FakeAppliance } from './testing.js';

const appliance = new FakeAppliance();
let base = '';
before(async () => {
  base = await appliance.listen();
});
after(() => appliance.close());

const send = (method: string, path: string, body?: unknown, type = 'application/merge-patch+json') =>
  fetch(`${base}/api/v1/cameras/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': type } }),
  });

test('they are read, set and reset at their own address', async () => {
  const { controls } = appliance;
  const read = await send('GET', 'front/controls');
  assert.deepEqual(controlsView.parse(await read.json()), controls.view);
  assert.equal(read.headers.get('cache-control'), 'no-store');
  const set = await send('PATCH', 'front/controls', { brightness: 3, gain: null });
  const answer = (await set.json()) as { actions: unknown[]; result: unknown };
  assert.deepEqual(controlsView.parse(answer.result), controls.view);
  assert.equal(answer.actions.length, 1);
  const dry = await send('PATCH', 'front/controls?dryRun=1', { brightness: 4 });
  assert.equal(((await dry.json()) as { result: unknown }).result, null);
  assert.equal((await send('DELETE', 'front/controls')).status, 200);
  assert.deepEqual(controls.asked, [{ brightness: 3, gain: null }, { brightness: 4 }, 'reset']);
});

test('what is no patch of a camera that exists is refused', async () => {
  assert.equal((await send('GET', 'back/controls')).status, 404);
  assert.equal((await send('PATCH', 'back/controls', { brightness: 3 })).status, 404);
  assert.equal((await send('DELETE', 'back/controls')).status, 404);
  assert.equal((await send('PATCH', 'front/controls', [3])).status, 400);
  assert.equal((await send('PATCH', 'front/controls', {}, 'text/plain')).status, 415);
});
