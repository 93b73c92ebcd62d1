import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { descriptorsOn, feed, newRingPath, run, Server, serve, start, until, Viewer } from './rig.js';

const path = '/cam/stream';

/** The status of a DESCRIBE. */
async function describe(server: Server, mount: string): Promise<number> {
  const socket = connect(server.handle.port, '127.0.0.1');
  socket.write(`DESCRIBE ${server.url(mount)} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  const [data] = (await once(socket, 'data', { signal: AbortSignal.timeout(15_000) })) as [Buffer];
  socket.destroy();
  assert.match(data.toString(), /\r\nServer: Teecam\r\n/);
  return Number(data.toString().split(' ')[1]);
}

test('the ring is read while somebody watches, and let go at once', async (t) => {
  const { ring, server, url } = await serve(t);
  assert.equal(descriptorsOn(ring), 0);
  const viewer = new Viewer(t, url, 'tcp');
  await viewer.sees(3);
  await server.playing(path, 1);
  assert.equal(descriptorsOn(ring), 1);
  viewer.process.kill('SIGKILL');
  await until('the ring is closed', () => descriptorsOn(ring) === 0, 2000);
  assert.equal((await server.stats(path)).playing, 0);
  await until('it is told', () => server.happened('disconnected') !== undefined);
});

test('a client that stops reading is dropped, and nobody else notices', async (t) => {
  const { server, url } = await serve(t, { framerate: 30, kbits: 20_000 });
  const others = [new Viewer(t, url, 'tcp'), new Viewer(t, url, 'udp')];
  for (const viewer of others) await viewer.sees(5);
  const stopped = start(t, 'ffmpeg', `-v error -rtsp_transport tcp -i ${url} -c copy -f null -`.split(' '));
  await server.playing(path, 3);
  const playing = server.events.filter((event) => event.event === 'playing').at(-1);
  stopped.kill('SIGSTOP');
  await until('it is dropped', () => server.happened('disconnected', playing?.client) !== undefined, 40_000);
  for (const viewer of others) {
    const gaps = viewer.pictures.map(({ atMs }, i) => atMs - (viewer.pictures[i - 1]?.atMs ?? atMs));
    assert.ok(Math.max(...gaps) < 2000, `${Math.max(...gaps)} ms without a picture`);
    await viewer.sees(5);
  }
});

test('a writer that dies is replaced under a connected client', async (t) => {
  const { ring, feeder, url } = await serve(t);
  const viewer = new Viewer(t, url, 'tcp');
  await viewer.sees(10);
  feeder.kill('SIGKILL');
  await once(feeder, 'exit');
  await feed(t, ring, { width: 160, height: 96 });
  await until('pictures of the new size', () => viewer.pictures.at(-1)?.width === 160);
  await viewer.sees(10);
});

test('a ring that comes after the client is waited for', async (t) => {
  const ring = newRingPath(t);
  const server = await Server.listen(t);
  await server.handle.mount({ path, ring, codec: 'h264', backlog: 30 });
  const status = describe(server, path);
  await until('the client is there', () => server.happened('connected') !== undefined);
  await feed(t, ring);
  assert.equal(await status, 200);
});

test('without a frame DESCRIBE is answered with 503, without a mount with 404', async (t) => {
  const server = await Server.listen(t);
  await server.handle.mount({ path, ring: newRingPath(t), codec: 'h264', backlog: 30 });
  assert.equal(await describe(server, '/nothing'), 404);
  const began = performance.now();
  assert.equal(await describe(server, path), 503);
  assert.ok(performance.now() - began > 9000);
});

test('who comes while the last client leaves is served', async (t) => {
  const { server } = await serve(t);
  const ask = async (times: number) => {
    for (let i = 0; i < times; i++) assert.equal(await describe(server, path), 200);
  };
  await ask(10);
  await Promise.all([ask(10), ask(10), ask(10), ask(10)]);
});

test('a client that waits for its first frame does not hold up the end', async (t) => {
  const server = await Server.listen(t);
  await server.handle.mount({ path, ring: newRingPath(t), codec: 'h264', backlog: 30 });
  const socket = connect(server.handle.port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {}); // it may be reset
  socket.write(`DESCRIBE ${server.url(path)} RTSP/1.0\r\nCSeq: 1\r\n\r\n`);
  await until('the client is there', () => server.happened('connected') !== undefined);
  const began = performance.now();
  await server.close();
  assert.ok(performance.now() - began < 3000);
});

test('closing and unmounting end their clients', async (t) => {
  const { ring, server, url } = await serve(t);
  await server.handle.mount({ path: '/cam', ring, codec: 'h264', backlog: 30 });
  const [one, other] = [new Viewer(t, url, 'tcp'), new Viewer(t, server.url('/cam'), 'udp')];
  await Promise.all([one.sees(3), other.sees(3)]);
  const ended = once(one.process, 'exit');
  await server.handle.unmount(path);
  await ended;
  await other.sees(3);
  await assert.rejects(server.handle.unmount(path), { code: 'not-found' });
  await assert.rejects(server.handle.mount({ path: '/cam', ring, codec: 'h264', backlog: 30 }), {
    code: 'bad-request',
  });
  const { handle } = server;
  await server.close();
  assert.equal(descriptorsOn(ring), 0);
  assert.ok(
    server.events.filter((event) => event.event === 'disconnected').every(({ reason }) => reason === 'ended'),
  );
  await assert.rejects(handle.stats(), { code: 'closed' });
});

test('an address in use says so; names and IPv6 serve', async (t) => {
  const first = await Server.listen(t);
  await assert.rejects(Server.listen(t, { port: first.handle.port }), { code: 'address-in-use' });
  await Server.listen(t, { host: 'localhost' });
  const hasIpv6 = readFileSync('/proc/net/if_inet6', 'utf8') !== '';
  if (hasIpv6) await Server.listen(t, { host: '::1' });
});

for (const end of ['process.exit(0)', 'worker.terminate()']) {
  test(`${end} while clients play crashes nothing`, async (t) => {
    const ring = newRingPath(t);
    await feed(t, ring);
    const script = fileURLToPath(new URL('./sudden-end.js', import.meta.url));
    const ended = await run(t, process.execPath, [script, ring, end]);
    assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: '' });
    assert.match(ended.stdout, /playing/);
  });
}

const multicast = {
  first: '239.255.42.1',
  last: '239.255.42.9',
  ports: [20_000, 20_020] as [number, number],
  ttl: 1,
};

test('multicast, in a network of its own', async (t) => {
  const allowed = await run(t, 'unshare', ['-n', 'true']);
  if (allowed.code !== 0) return t.skip('no network namespace without privileges');
  const ring = newRingPath(t);
  await feed(t, ring);
  const script = fileURLToPath(new URL('./multicast.js', import.meta.url));
  const ended = await run(t, 'unshare', ['-n', process.execPath, script, ring, JSON.stringify(multicast)]);
  assert.deepEqual(
    { code: ended.code, stdout: ended.stdout.trim() },
    { code: 0, stdout: 'multicast 320' },
    ended.stderr,
  );
});
