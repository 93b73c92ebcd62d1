/** `gst:` sources: the administrator's alone. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, freshState, live, send, started } from './support/changes.js';
import { until } from './support/until.js';

const low = { codec: 'jpeg', width: 160, height: 120, framerate: 10 };
const bin = 'gst:videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=10/1';

test('the administrator may run elements, whoever changes cameras may not', {
  timeout: 60_000,
}, async (t) => {
  freshState();
  const file = path.join(folder, 'own.json');
  const profile = {
    instance: `t${process.pid}gst`,
    http: { port: 0 },
    rtsp: { port: 0 },
    allowGst: true,
    cameras: { own: { source: bin, streams: { low } } },
  };
  await writeFile(file, JSON.stringify(profile));
  const appliance = await started(t, file);
  await until('it is live', live(appliance), { withinMs: 20_000 });

  const attempts: [string, string, unknown][] = [
    ['POST', '/cameras', { name: 'mine', source: bin, streams: { low } }],
    ['PATCH', '/cameras/own', { source: `${bin} ! tee name=t ! filesink location=/tmp/x t.` }],
  ];
  for (const [method, address, body] of attempts) {
    const answer = await send(appliance, method, address, body);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    assert.match(answer.body.errors?.[0]?.message ?? '', /gst: stands in the profile itself alone/);
  }
  // What it does not touch stays the administrator's.
  assert.equal((await send(appliance, 'PATCH', '/cameras/own', { slate: { title: 'Mine' } })).status, 200);
  assert.equal((await send(appliance, 'PATCH', '/cameras/own', { source: 'test' })).status, 200);
  assert.equal((await send(appliance, 'PATCH', '/cameras/own', { source: null })).status, 422);
});

test('elements that are not there, or give nothing, are a fault of the camera', {
  timeout: 60_000,
}, async (t) => {
  freshState();
  const of = (source: string) => ({ source, streams: { low } });
  const appliance = await started(t, {
    instance: `t${process.pid}bad`,
    http: { port: 0 },
    rtsp: { port: 0 },
    allowGst: true,
    cameras: {
      missing: of('gst:nosuchelement ! identity'),
      closed: of('gst:videotestsrc is-live=true ! fakesink'),
      odd: of('gst:videotestsrc is-live=maybe'),
    },
  });
  const says = (camera: string, reason: string, detail: RegExp) =>
    until(`${camera} says it`, () => {
      const { status } = appliance.camera(camera).supervisor;
      return status.reason === reason && detail.test(status.detail);
    });
  await says('missing', 'missing-element', /nosuchelement/);
  await says('closed', 'failed', /could not link fakesink/);
  await says('odd', 'failed', /is-live/);
});
