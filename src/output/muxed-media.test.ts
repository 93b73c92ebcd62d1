import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { Container } from '../native/port.js';
import type { SessionLimits } from '../session/limits.js';
import { fakeMuxers } from './fake-muxer.js';
import { MuxedMedia } from './muxed-media.js';
import { eventually, TestViewer, testAudience } from './testing.js';

const BYTES_A_SECOND = 100_000;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An appliance of one stream: `/ts`, `/mp4`, and MP4 for every WebSocket. */
async function serve(limits: Partial<SessionLimits> = {}) {
  const muxers = fakeMuxers();
  const { book, audience } = testAudience(limits);
  const media = new MuxedMedia({ native: muxers.native, ring: '/ring', framerate: 10, audience });
  const server = createServer((request, response) => {
    media.http(request.url?.slice(1) as Container, request, response).catch((error: Error) => {
      response.writeHead(503).end(error.message);
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    try {
      sockets.handleUpgrade(request, socket, head, media.socket(request));
    } catch {
      socket.end('HTTP/1.1 503 Full\r\n\r\n');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  closing.push(() => {
    media.close();
    server.closeAllConnections();
    server.close();
  });
  return { media, book, port, ...muxers };
}

async function viewer(port: number, path: string, media: MuxedMedia, method = 'GET') {
  const before = media.stats();
  const one = new TestViewer(port, path, method);
  closing.push(() => one.socket.destroy());
  if (method === 'GET') {
    const container = path.slice(1) as Container;
    await eventually(() => media.stats()[container] > before[container], 'it watches');
  }
  return one;
}

/** Without the sizes of the transfer's chunks, which have no capital letters. */
function body({ bytes }: TestViewer): string {
  const [, ...parts] = bytes.toString().split('\r\n\r\n');
  return parts.join('\r\n\r\n').replaceAll(/[0-9a-f]+\r\n|\r\n/g, '');
}

async function client(port: number, media: MuxedMedia) {
  const before = media.stats().ws;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  closing.push(() => socket.terminate());
  const messages: string[] = [];
  socket.on('message', (data, isBinary) => messages.push(`${isBinary ? '' : 'text '}${String(data)}`));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await eventually(() => media.stats().ws > before, 'it watches');
  return { socket, messages, closed };
}

describe('muxed media over HTTP', () => {
  it('send a transport stream from a key frame on, not to be kept', async () => {
    const { media, port, newest, book } = await serve();
    const one = await viewer(port, '/ts', media);
    newest().write('kA', 'B');
    await one.until(() => body(one) === 'kAB');
    newest().write('C');
    await one.until(() => body(one) === 'kABC');
    const head = one.bytes.toString();
    assert.match(head, /^HTTP\/1\.1 200 /);
    assert.match(head, /content-type: video\/mp2t\r\n/i);
    assert.match(head, /cache-control: no-store/i);
    const [session] = book.sessions();
    assert.deepEqual(
      [session?.kind, session?.frames, session?.bytes, session?.client],
      ['ts', 3, 4, `127.0.0.1:${one.socket.localPort}`],
    );
    one.socket.destroy();
    await eventually(() => newest().closed, 'the muxer ends with its last viewer');
    assert.equal(book.ended()[0]?.reason, 'left');
  });

  it('send an MP4 with its header first to whoever comes, and end it when the stream becomes another', async () => {
    const { media, port, newest, book } = await serve();
    const first = await viewer(port, '/mp4', media);
    newest().write('hAVC', 'kA', 'B');
    await first.until(() => body(first) === 'hAVCkAB');
    const second = await viewer(port, '/mp4', media);
    await second.until(() => body(second) === 'hAVCkAB');
    assert.match(second.bytes.toString(), /content-type: video\/mp4\r\n/i);
    newest().write('hOTHER', 'kC');
    await eventually(() => first.socket.closed && second.socket.closed, 'both are ended');
    assert.equal(body(first), 'hAVCkAB');
    assert.ok(first.bytes.toString().endsWith('\r\n0\r\n\r\n'), 'and whole');
    assert.deepEqual(
      book.ended().map(({ reason }) => reason),
      ['format-changed', 'format-changed'],
    );
  });

  it('answer HEAD without watching', async () => {
    const { media, port, made } = await serve();
    const one = await viewer(port, '/mp4', media, 'HEAD');
    await one.until((bytes) => bytes.includes('\r\n\r\n'));
    assert.match(one.bytes.toString(), /^HTTP\/1\.1 200 .*video\/mp4/s);
    assert.equal(made.length, 0);
  });

  it('are unavailable, with nothing sent, when the stream ends before its first frame, or cannot be read', async () => {
    const { media, port, newest, native, book } = await serve();
    const one = await viewer(port, '/mp4', media);
    newest().end();
    await one.until((bytes) => bytes.includes('gives no frame'));
    assert.match(one.bytes.toString(), /^HTTP\/1\.1 503 /);
    native.failure = new Error('gone');
    const other = new TestViewer(port, '/ts');
    await other.until((bytes) => bytes.includes('cannot be read'));
    other.socket.destroy();
    assert.deepEqual(
      book.ended().map(({ reason }) => reason),
      ['failed', 'failed'],
    );
  });

  it('are refused above the limit, and end with their stream', async () => {
    const { media, port, newest, book } = await serve({ stream: 1 });
    const one = await viewer(port, '/ts', media);
    newest().write('kA');
    await one.until(() => body(one) === 'kA');
    const refused = await fetch(`http://127.0.0.1:${port}/mp4`);
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /as many viewers as may be/);
    newest().end();
    await eventually(() => one.socket.closed, 'it is ended');
    assert.equal(book.ended()[0]?.reason, 'stream-gone');
  });

  it('reach a throttled viewer no faster than they may; nobody else waits for it', async () => {
    const { media, port, newest, book } = await serve();
    const free = await viewer(port, '/ts', media);
    book.limits = {
      ...book.limits,
      throttle: { mode: 'realtime', bitrateBps: 8 * BYTES_A_SECOND, burstMs: 0 },
    };
    const throttled = await viewer(port, '/ts', media);
    const began = performance.now();
    const arrived: { atMs: number; bytes: number }[] = [];
    throttled.socket.on('data', () =>
      arrived.push({ atMs: performance.now() - began, bytes: throttled.bytes.length }),
    );
    const chunk = `k${'A'.repeat(9999)}`;
    newest().write(...Array.from({ length: 20 }, () => chunk));
    await free.until((bytes) => bytes.length >= 20 * chunk.length);
    assert.ok(throttled.bytes.length < 20 * chunk.length, 'it is not through yet');
    await throttled.until((bytes) => bytes.length >= 20 * chunk.length);
    // One goes at once, and so may what should have gone while this machine was busy.
    for (const { atMs, bytes } of arrived) {
      const most = (BYTES_A_SECOND * atMs) / 1000 + 2 * chunk.length;
      assert.ok(bytes <= most, `${bytes} bytes after ${atMs} ms`);
    }
    const [{ throttle, heldMs } = assert.fail(), unheld] = book.sessions();
    assert.equal(throttle, 'realtime');
    assert.ok(heldMs > 1000, `${heldMs} ms`);
    assert.deepEqual([unheld?.throttle, unheld?.heldMs], ['disabled', 0]);
  });

  it('end for a throttled viewer that leaves while it is held back', async () => {
    const { media, port, newest, book } = await serve({
      throttle: { mode: 'realtime', bitrateBps: 10, burstMs: 0 },
    });
    const one = await viewer(port, '/mp4', media);
    newest().write('hAVC', 'kA', 'B');
    await one.until(() => body(one) === 'hAVCkA');
    one.socket.destroy();
    await eventually(() => newest().closed && book.ended()[0]?.reason === 'left', 'it is forgotten');
  });

  it('a client that leaves while it waits for the first frame is forgotten', async () => {
    const { media, port, newest, book } = await serve();
    const one = await viewer(port, '/mp4', media);
    one.socket.destroy();
    await eventually(() => newest().closed, 'nobody watches');
    assert.deepEqual(media.stats(), { ts: 0, mp4: 0, ws: 0, readers: 0, frames: 0, dropped: 1 });
    assert.deepEqual(book.sessions(), []);
  });

  it('a client that takes nothing is ended for it, and others miss nothing', async () => {
    const { media, port, newest, book } = await serve({ backlogBytes: 1, blockedMs: 200 });
    const stuck = await viewer(port, '/ts', media);
    stuck.socket.pause();
    let received = 0;
    const healthy = get(`http://127.0.0.1:${port}/ts`, (response) => {
      response.on('data', (part: Buffer) => {
        received += part.byteLength;
      });
    });
    closing.push(() => healthy.destroy());
    await eventually(() => media.stats().ts === 2, 'both watch');
    const large = `k${'X'.repeat(500_000)}`;
    let sent = 0;
    const waits = () => book.sessions().some(({ waitingBytes }) => waitingBytes > 0);
    while (sent === 0 || !waits()) {
      newest().write(large);
      sent += large.length;
      await eventually(() => received === sent, 'the healthy one has it');
    }
    await eventually(() => {
      book.tick();
      return book.ended().length > 0;
    }, 'the stuck one is ended');
    const [ended] = book.ended();
    assert.equal(ended?.reason, 'slow');
    assert.ok(ended.bytes < sent);
    newest().write('kZ');
    await eventually(() => received === sent + 2, 'the healthy one goes on');
  });
});

describe('muxed media over a WebSocket', () => {
  it('say the type, then the header, then fragments; all of it again for another stream', async () => {
    const { media, port, newest } = await serve();
    const { messages } = await client(port, media);
    newest().write('havc1.42C01F', 'k1', '2');
    await eventually(() => messages.length === 4, 'all came');
    newest().write('havc1.42C028', 'k3');
    await eventually(() => messages.length === 7, 'all came again');
    assert.deepEqual(messages, [
      'text video/mp4; codecs="avc1.42C01F"',
      'havc1.42C01F',
      'k1',
      '2',
      'text video/mp4; codecs="avc1.42C028"',
      'havc1.42C028',
      'k3',
    ]);
    assert.deepEqual(media.stats(), { ts: 0, mp4: 0, ws: 1, readers: 1, frames: 3, dropped: 1 });
  });

  it('are closed when the stream ends, and when it cannot be read', async () => {
    const { media, port, newest, native, book } = await serve();
    const { closed } = await client(port, media);
    newest().end();
    assert.equal(await closed, 1001);
    await eventually(() => media.stats().ws === 0, 'forgotten');
    native.failure = new Error('gone');
    const refused = new WebSocket(`ws://127.0.0.1:${port}/`);
    const code = await new Promise<number>((resolve) => refused.once('close', resolve));
    assert.equal(code, 1013);
    await eventually(() => book.ended().length === 2, 'both are over');
    assert.deepEqual(
      book.ended().map(({ kind, reason }) => `${kind} ${reason}`),
      ['ws failed', 'ws stream-gone'],
    );
  });

  it('are refused above the limit before the handshake', async () => {
    const { media, port } = await serve({ stream: 1 });
    await client(port, media);
    const refused = new WebSocket(`ws://127.0.0.1:${port}/`);
    const error = await new Promise<Error>((resolve) => refused.once('error', resolve));
    assert.match(error.message, /503/);
    assert.equal(media.stats().ws, 1);
  });
});
