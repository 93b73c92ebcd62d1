import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type ErrorCode, TeecamError } from '../base/error.js';
import { problemView } from './problem.js';
import { FakeAppliance } from './testing.js';
import { changeView, profileView } from './views.js';

const appliance = new FakeAppliance();
const { control } = appliance;
let base = '';
before(async () => {
  base = await appliance.listen();
});
after(() => appliance.close());
beforeEach(() => {
  control.asked.length = 0;
  control.failure = null;
});

const cameras = '/api/v1/cameras';

function send(method: string, path: string, body?: unknown, type = 'application/json') {
  const sent = {
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': type },
  };
  return fetch(base + path, { method, ...(body !== undefined && sent) });
}

async function problem(response: Response) {
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const body = problemView.parse(await response.json());
  assert.equal(body.status, response.status);
  return body;
}

const answer = changeView.loose();

describe('changes', () => {
  it('of cameras are passed on as they were asked for, and answered with what they made', async () => {
    const added = await send('POST', cameras, { name: 'front', source: 'test', streams: {} });
    assert.equal(added.status, 201);
    assert.equal(added.headers.get('location'), '/api/v1/cameras/front');
    const { result, ...change } = answer.parse(await added.json());
    assert.deepEqual(change, { ...control.answer, dryRun: false });
    assert.deepEqual(result, JSON.parse(JSON.stringify(appliance.cameraViews[0])));

    const patch = { source: 'auto', slate: null };
    const changed = await send('PATCH', `${cameras}/front`, patch, 'application/merge-patch+json');
    assert.equal(changed.status, 200);
    assert.equal(changed.headers.get('location'), null);
    const removed = await send('DELETE', `${cameras}/front`);
    assert.equal(removed.status, 200);
    assert.equal(answer.parse(await removed.json())['result'], null);
    const common = { camera: 'front', stream: null, dryRun: false };
    assert.deepEqual(control.asked, [
      { ...common, kind: 'add', value: { source: 'test', streams: {} } },
      { ...common, kind: 'change', value: patch },
      { ...common, kind: 'remove', value: {} },
    ]);
  });

  it('of streams too', async () => {
    const streams = `${cameras}/front/streams`;
    const added = await send('POST', streams, { name: 'low', codec: 'jpeg' });
    assert.equal(added.status, 201);
    assert.equal(added.headers.get('location'), '/api/v1/cameras/front/streams/low');
    assert.equal((answer.parse(await added.json())['result'] as { name: string }).name, 'low');
    assert.equal((await send('PATCH', `${streams}/low`, { quality: 70 })).status, 200);
    assert.equal((await send('DELETE', `${streams}/low`)).status, 200);
    const common = { camera: 'front', stream: 'low', dryRun: false };
    assert.deepEqual(control.asked, [
      { ...common, kind: 'add', value: { codec: 'jpeg' } },
      { ...common, kind: 'change', value: { quality: 70 } },
      { ...common, kind: 'remove', value: {} },
    ]);
  });

  it('can be tried without being done', async () => {
    const tried = await send('POST', `${cameras}?dryRun=1`, { name: 'back', source: 'test' });
    assert.equal(tried.status, 200);
    const { dryRun, result } = answer.parse(await tried.json());
    assert.deepEqual([dryRun, result], [true, null]);
    assert.equal((await problem(await send('DELETE', `${cameras}/front?dryRun=yes`))).status, 400);
    const reloaded = await send('POST', '/api/v1/profile/reload?dryRun=1');
    changeView.parse(await reloaded.json());
    assert.deepEqual(control.asked.at(-1), { reload: true });
  });

  it('have bodies that are JSON objects of a reasonable size', async () => {
    const cases: [unknown, string, number, RegExp][] = [
      ['{"name": ', 'application/json', 400, /no JSON/],
      ['[1]', 'application/json', 400, /JSON object/],
      ['null', 'application/json', 400, /JSON object/],
      ['', 'application/json', 400, /no JSON/],
      [`${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`, 'application/json', 400, /more than 32 levels deep/],
      [`{"a":${'['.repeat(30000)}${']'.repeat(30000)}}`, 'application/json', 400, /more than 32 levels deep/],
      [{ source: 'test' }, 'application/json', 400, /no name/],
      [{ name: 7 }, 'application/json', 400, /no name/],
      [{ name: 'front' }, 'text/plain', 415, /not text\/plain/],
      [{ name: 'front' }, 'application/merge-patch+json', 415, /application\/json/],
      ['name=front', 'application/x-www-form-urlencoded', 415, /application\/json/],
      [{ name: 'front', source: 'x'.repeat(70_000) }, 'application/json', 413, /64 KiB/],
    ];
    for (const [body, type, status, detail] of cases) {
      const refused = await problem(await send('POST', cameras, body, type));
      assert.deepEqual([refused.status, detail.test(refused.detail)], [status, true], refused.detail);
    }
    assert.deepEqual(control.asked, []);
  });

  it('that fail say why, with the fields', async () => {
    const errors = [{ field: 'cameras.front.streams.low.width', message: 'expected at least 16; found 2' }];
    const cases: [ErrorCode, number][] = [
      ['bad-profile', 422],
      ['bad-source', 422],
      ['missing-element', 422],
      ['conflict', 409],
      ['address-in-use', 409],
      ['not-found', 404],
      ['no-space', 507],
      ['unavailable', 503],
    ];
    for (const [code, status] of cases) {
      control.failure = new TeecamError(code, 'why', { expose: true, details: { errors } });
      const failed = await problem(await send('PATCH', `${cameras}/front`, {}));
      assert.deepEqual([failed.status, failed.detail, failed.errors], [status, 'why', errors]);
      assert.equal(failed.type, `urn:teecam:problem:${code}`);
    }
    control.failure = new TeecamError('no-space', 'the path of something');
    assert.equal((await problem(await send('PATCH', `${cameras}/front`, {}))).status, 500);
  });
});

describe('the profile', () => {
  it('is shown in its shape, and read again', async () => {
    const shown = await fetch(`${base}/api/v1/profile`);
    assert.equal(shown.headers.get('cache-control'), 'no-store');
    profileView.parse(await shown.json());
    changeView.parse(await (await send('POST', '/api/v1/profile/reload')).json());
    assert.deepEqual(control.asked, [{ reload: false }]);
  });
});
