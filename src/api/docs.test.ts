/** docs/api.md lists every problem and every metric, and no other. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { apiEvent } from './events.js';
import { problemKinds } from './problem.js';
import { FakeAppliance, fakeCamera } from './testing.js';

const page = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');

describe('docs/api.md', () => {
  const appliance = new FakeAppliance();
  let base = '';
  before(async () => {
    base = await appliance.listen();
  });
  after(() => appliance.close());

  it('lists the problems with their status', () => {
    const listed = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    const known = Object.entries(problemKinds).map(([code, { status }]) => [code, status]);
    assert.deepEqual(listed.sort(), known.sort());
  });

  it('lists the metrics', async () => {
    appliance.cameraViews = [fakeCamera('front', { reason: 'busy' })];
    const text = await (await fetch(`${base}/metrics`)).text();
    const known = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
    const own = known.filter((name) => !/^teecam_(process|nodejs)_/.test(name));
    const listed = [...page.matchAll(/^\| `(teecam_[a-z_]+)` \|/gm)].map(([, name]) => name ?? '');
    assert.deepEqual(listed.sort(), own.sort());
  });

  it('names the events', () => {
    for (const option of apiEvent.options) {
      assert.ok(page.includes(`\`${option.shape.event.value}\``), option.shape.event.value);
    }
  });
});
