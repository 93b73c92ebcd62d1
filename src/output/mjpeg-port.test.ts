import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'node:net';
import { describe, it } from 'node:test';
import { TeecamError } from '../base/error.js';
import type { MjpegRequest } from './mjpeg-client.js';
import { MjpegPort, type PortGuard } from './mjpeg-port.js';
import { TestViewer } from './testing.js';

const guard: PortGuard = { protect: (server, listener) => void server.on('request', listener) };

class Recorder {
  readonly requests: MjpegRequest[] = [];
  failure: Error | null = null;
  mjpeg(_request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void {
    if (this.failure) throw this.failure;
    this.requests.push(options);
    response.end('stream');
  }
}

describe('the port of a stream', () => {
  it('gives the stream at / and nothing else', async (t) => {
    const media = new Recorder();
    const errors: unknown[] = [];
    const server = new MjpegPort(media, guard, (error) => errors.push(error));
    const port = await server.listen('127.0.0.1', 0);
    t.after(() => server.close());
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);

    assert.equal(await (await get('/')).text(), 'stream');
    await get('/?action=stream&fps=2&advance=1');
    assert.deepEqual(media.requests, [
      { fps: null, advance: false },
      { fps: 2, advance: true },
    ]);
    assert.equal((await get('/other')).status, 404);
    for (const fps of ['fast', '0', '1e-300']) assert.equal((await get(`/?fps=${fps}`)).status, 400);
    assert.equal((await get('/', { method: 'POST' })).status, 405);
    const odd = new TestViewer(port, '//');
    assert.match(await odd.readHead(), / 404 /);
    odd.socket.destroy();

    media.failure = new TeecamError('full', 'two are enough', { expose: true, details: { retryAfterS: 10 } });
    const full = await get('/');
    assert.deepEqual([full.status, full.headers.get('retry-after')], [503, '10']);
    assert.match(await full.text(), /two are enough/);
    assert.deepEqual(errors, []);

    media.failure = new Error('no ring');
    assert.equal((await get('/')).status, 503);
    assert.deepEqual(errors, [media.failure]);
  });

  it('says when it may not have the port', async (t) => {
    t.mock.method(Server.prototype, 'listen', function listen(this: Server) {
      this.emit('error', Object.assign(new Error('listen EACCES'), { code: 'EACCES' }));
    });
    const server = new MjpegPort(new Recorder(), guard, () => {});
    await assert.rejects(server.listen('127.0.0.1', 80), { code: 'no-permission' });
  });

  it('says when the address is in use', async (t) => {
    const first = new MjpegPort(new Recorder(), guard, () => {});
    t.after(() => first.close());
    const port = await first.listen('127.0.0.1', 0);
    const second = new MjpegPort(new Recorder(), guard, () => {});
    await assert.rejects(
      second.listen('127.0.0.1', port),
      (error) => error instanceof TeecamError && error.code === 'address-in-use',
    );
  });
});
