import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import { profileFromValue } from '../profile/load.js';
import { MjpegPorts } from './mjpeg-ports.js';
import { until } from './testing.js';

const size = { width: 64, height: 48, framerate: 5 };

/** Cameras with one JPEG stream each, `low`, on these ports. */
function cameras(ports: Readonly<Record<string, number>>) {
  const entries = Object.entries(ports).map(([name, port]) => [
    name,
    { source: 'test', streams: { low: { codec: 'jpeg', ...size, port } } },
  ]);
  return profileFromValue({ cameras: Object.fromEntries(entries) }, '/').profile.cameras;
}

function opened(t: test.TestContext): MjpegPorts {
  const ports = new MjpegPorts({
    host: '127.0.0.1',
    guard: { protect: (server, listener) => void server.on('request', listener) },
    serving: (camera) => ({
      mjpeg(_request, response) {
        response.end(camera);
      },
    }),
    log: silentLog,
  });
  t.after(() => ports.close());
  return ports;
}

const shown = async (port: number | null) => (await fetch(`http://127.0.0.1:${port}/`)).text();

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await until('it listens', () => server.listening);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('ports are opened, moved from one stream to another, and closed', async (t) => {
  const ports = opened(t);
  const port = await freePort();
  await (await ports.change(cameras({ front: port }))).keep();
  assert.equal(await shown(port), 'front');
  const step = await ports.change(cameras({ front: 0, back: port }));
  assert.equal(await shown(port), 'back');
  assert.equal(await shown(ports.portOf('front', 'low')), 'front');
  await step.undo();
  assert.equal(await shown(port), 'front');
  assert.equal(ports.portOf('back', 'low'), null);
  await (await ports.change(cameras({ back: 0 }))).keep();
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
});

test('a port that is taken leaves everything as it was', async (t) => {
  const ports = opened(t);
  await (await ports.change(cameras({ front: 0 }))).keep();
  const before = ports.portOf('front', 'low');
  const blocker = createServer().listen(0, '127.0.0.1');
  t.after(() => blocker.close());
  await until('the port is taken', () => blocker.listening);
  const { port } = blocker.address() as AddressInfo;
  await assert.rejects(ports.change(cameras({ side: 0, back: port })), {
    code: 'address-in-use',
    message: /cameras\.back\.streams\.low\.port/,
  });
  assert.equal(ports.portOf('front', 'low'), before);
  assert.deepEqual([ports.portOf('side', 'low'), ports.portOf('back', 'low')], [null, null]);
  assert.equal(await shown(before), 'front');
});

test('after the end nothing is opened', async (t) => {
  const ports = opened(t);
  const changing = ports.change(cameras({ front: 0 }));
  await ports.close();
  await assert.rejects(changing, { code: 'closed' });
  await assert.rejects(ports.change(cameras({ back: 0 })), { code: 'closed' });
});
