import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { TeecamError } from '../base/error.js';
import { analysisView } from './analysis-view.js';
import { problemView } from './problem.js';
import { FakeAppliance } from './testing.js';

let appliance: FakeAppliance;
let address = '';
beforeEach(async () => {
  appliance = new FakeAppliance();
  address = `${await appliance.listen()}/api/v1/cameras/front/streams/high/analysis`;
});
afterEach(() => appliance.close());

describe('the analysis of a stream over the API', () => {
  it('has the shape of the view, is not to be kept, and is asked for as the query says', async () => {
    const response = await fetch(address);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    assert.deepEqual(analysisView.parse(await response.json()), appliance.analysis.view);
    await fetch(`${address}?seconds=30`);
    assert.deepEqual(appliance.analysis.asked, [null, 30]);
  });

  it('tells no more digits than anybody reads', async () => {
    appliance.analysis.view.sinceLastFrameMs = 12.3456789;
    const view = analysisView.parse(await (await fetch(address)).json());
    assert.equal(view.sinceLastFrameMs, 12.346);
  });

  it('is refused with words for a wrong query and for names that are not there', async () => {
    for (const seconds of ['0', '61', '1.5', 'some', '']) {
      const response = await fetch(`${address}?seconds=${seconds}`);
      const problem = problemView.parse(await response.json());
      assert.deepEqual([problem.status, problem.errors?.[0]?.field], [400, 'seconds']);
    }
    assert.equal((await fetch(address.replace('high', 'none'))).status, 404);
    assert.equal((await fetch(address.replace('front', 'none'))).status, 404);
    assert.deepEqual(appliance.analysis.asked, []);
  });

  it('says when to come again where no frame comes', async () => {
    const details = { retryAfterS: 2 };
    appliance.analysis.failure = new TeecamError('unavailable', 'no frame comes', { expose: true, details });
    const response = await fetch(address);
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '2']);
  });
});
