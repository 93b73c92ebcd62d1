import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { SessionBook } from '../session/book.js';
import type { SessionLimits } from '../session/limits.js';
import { stopCodes } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { MjpegOutput } from './mjpeg.js';
import { eventually, listen, Publisher, TestViewer, testAudience, testPad } from './testing.js';

let pad: Pad;
let publisher: Publisher;
let book: SessionBook;
let output: MjpegOutput;
let server: Awaited<ReturnType<typeof listen>>;
let viewers: TestViewer[] = [];

beforeEach(async () => {
  pad = testPad();
  publisher = new Publisher(pad);
  limit({});
  server = await listen((request, response) => {
    const query = new URLSearchParams(request.url?.split('?')[1]);
    const fps = query.get('fps');
    try {
      output.serve(request, response, { fps: fps ? Number(fps) : null, advance: query.has('advance') });
    } catch (error) {
      response.statusCode = 503;
      response.end(String(error));
    }
  });
});
afterEach(async () => {
  for (const viewer of viewers) viewer.socket.destroy();
  viewers = [];
  await server.close();
});

/** Another output of the same pad, with a book of its own. */
function limit(limits: Partial<SessionLimits>): void {
  const { book: made, audience } = testAudience(limits);
  book = made;
  output = new MjpegOutput(pad, audience);
}

async function view(path = '/'): Promise<TestViewer> {
  const clients = output.stats().clients;
  const viewer = new TestViewer(server.port, path);
  viewers.push(viewer);
  await eventually(() => output.stats().clients === clients + 1, 'the client is connected');
  return viewer;
}

const picture = (text: string) => Buffer.from(`\xff\xd8${text}\xff\xd9`, 'latin1');

describe('MJPEG', () => {
  it('sends its head at once, without chunks, not to be cached', async () => {
    const viewer = await view();
    const head = await viewer.readHead();
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(head, /Content-Type: multipart\/x-mixed-replace;boundary=boundarydonotcross\r\n/);
    assert.match(head, /Cache-Control: no-store/);
    assert.doesNotMatch(head, /Transfer-Encoding/i);
  });

  it('sends each frame with its length, its capture time and the boundary that ends it', async () => {
    const viewer = await view();
    await viewer.readHead();
    publisher.publish(picture('one'), { captureRealtimeNs: 1_700_000_000_250_000_000 });
    await viewer.until((bytes) => bytes.length > 0);
    assert.ok(viewer.bytes.toString().startsWith('--boundarydonotcross\r\n'));
    const one = await viewer.readPart();
    assert.equal(one.headers.get('Content-Type'), 'image/jpeg');
    assert.equal(one.headers.get('X-Timestamp'), '1700000000.250000');
    assert.deepEqual(one.body, picture('one'));
    // Nothing of the next part is there before the next frame is.
    assert.equal(viewer.bytes.length, 0);
    publisher.publish(picture('second'));
    assert.deepEqual((await viewer.readPart()).body, picture('second'));
  });

  it('sends the headers of the next part early when asked to', async () => {
    const viewer = await view('/?advance=1');
    await viewer.readHead();
    const early = '\r\n--boundarydonotcross\r\nContent-Type: image/jpeg\r\n\r\n';
    publisher.publish(picture('one'));
    await viewer.until((bytes) => bytes.toString('latin1').endsWith(early));
    publisher.publish(picture('two'));
    const two = `Content-Type: image/jpeg\r\n\r\n${picture('two').toString('latin1')}${early}`;
    await viewer.until((bytes) => bytes.toString('latin1').endsWith(two));
  });

  it('gives a joining client the newest frame at once if it is fresh, and not a stale one', async () => {
    const first = await view();
    await first.readHead();
    publisher.publish(picture('fresh'), { durationNs: 60e9 });
    await first.readPart();
    const second = await view();
    await second.readHead();
    assert.deepEqual((await second.readPart()).body, picture('fresh'));

    publisher.publish(picture('stale'), { durationNs: 1 });
    await first.readPart();
    const third = await view();
    await third.readHead();
    publisher.publish(picture('live'), { durationNs: 60e9 });
    assert.deepEqual((await third.readPart()).body, picture('live'));
  });

  it('skips what a ring still held from hours ago, but only as the first frame', async () => {
    const viewer = await view();
    await viewer.readHead();
    publisher.publish(picture('hours old'), { ptsNs: 0 });
    publisher.publish(picture('late'), { ptsNs: 1 });
    assert.deepEqual((await viewer.readPart()).body, picture('late'));
  });

  it('thins evenly', async () => {
    const viewer = await view('/?fps=10');
    await viewer.readHead();
    const start = Number(process.hrtime.bigint());
    for (let n = 0; n < 30; n++) {
      publisher.publish(picture(`${n}`.padStart(2, '0')), { ptsNs: start + (n * 1e9) / 30, durationNs: 1e9 });
      await eventually(() => publisher.freed >= publisher.published - 1, 'it is written');
    }
    await eventually(() => output.stats().frames === 10, 'ten of thirty');
    assert.equal(output.stats().skipped, 0);
    for (const n of ['00', '03', '06', '09']) assert.deepEqual((await viewer.readPart()).body, picture(n));
  });

  it('is disconnected from the pad when the client goes, and frees its frames', async () => {
    const viewer = await view();
    publisher.publish(picture('one'));
    viewer.socket.destroy();
    await eventually(() => pad.targetCount === 0, 'the target is gone');
    assert.equal(publisher.freed, publisher.published);
    assert.deepEqual(output.stats(), { clients: 0, frames: 1, skipped: 0 });
  });

  it('ends its clients when the stream ends', async () => {
    const viewer = await view();
    const ended = new Promise((resolve) => viewer.socket.once('end', resolve));
    pad.close(stopCodes.sourceDeleted, '');
    await ended;
    await eventually(() => book.ended()[0]?.reason === 'stream-gone', 'and says why');
  });

  it('lets a client go that takes nothing of a frame, not one that waits for frames', async () => {
    limit({ blockedMs: 150 });
    const deaf = await view();
    deaf.socket.pause();
    publisher.publish(Buffer.alloc(20_000_000));
    const published = performance.now();
    await eventually(() => performance.now() - published > 67, 'it is no longer fresh for who joins now');
    const patient = await view();
    await patient.readHead();
    await eventually(() => {
      book.tick();
      return output.stats().clients === 1;
    }, 'the deaf one is gone');
    const [ended] = book.ended();
    assert.equal(ended?.reason, 'slow');
    assert.ok(ended.blockedMs >= 150, `${ended.blockedMs} ms blocked`);
    assert.equal(ended.bytes, 0);
    publisher.publish(picture('still here'), { durationNs: 60e9 });
    await patient.until((bytes) => bytes.includes('still here'));
  });

  it('makes each client a session, with what it was sent and what it missed', async () => {
    const viewer = await view();
    await viewer.readHead();
    publisher.publish(picture('one'), { ptsNs: Number(process.hrtime.bigint()) - 30e6, durationNs: 1e9 });
    await viewer.readPart();
    await eventually(() => book.sessions()[0]?.state === 'active', 'the write is done');
    const [session] = book.sessions();
    assert.ok(session);
    assert.equal(session.kind, 'mjpeg');
    assert.equal(session.client, `127.0.0.1:${viewer.socket.localPort}`);
    assert.equal(session.frames, 1);
    assert.ok(session.frameAgeMs !== null && session.frameAgeMs >= 30, `${session.frameAgeMs} ms`);
    const head = '--boundarydonotcross\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n';
    assert.ok(session.bytes > head.length + 7 && session.bytes < 200, `${session.bytes} bytes`);
    viewer.socket.destroy();
    await eventually(() => book.ended()[0]?.reason === 'left', 'the session ends with its client');
    assert.equal(book.sessions().length, 0);
  });

  it('refuses a client above the limit before its first byte, and ends one when it is told to', async () => {
    limit({ stream: 1 });
    const viewer = await view();
    await viewer.readHead();
    const refused = await fetch(`http://127.0.0.1:${server.port}/`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get('content-type'), null);
    assert.equal(output.stats().clients, 1);
    const closed = new Promise((resolve) => viewer.socket.once('close', resolve));
    assert.equal(book.dismiss(book.sessions()[0]?.id ?? ''), true);
    await closed;
    await eventually(() => book.ended()[0]?.reason === 'dismissed', 'it is in the history');
    const next = await view();
    await next.readHead();
  });

  it('answers HEAD without waking the camera', async () => {
    const viewer = new TestViewer(server.port, '/', 'HEAD');
    viewers.push(viewer);
    assert.match(await viewer.readHead(), /multipart\/x-mixed-replace/);
    assert.equal(pad.targetCount, 0);
  });

  it('sends nothing when the pad refuses', async () => {
    pad.close(stopCodes.ok, '');
    let refused: unknown;
    const other = await listen((request, response) => {
      try {
        output.serve(request, response, { fps: null, advance: false });
      } catch (error) {
        refused = error;
        response.statusCode = 503;
        response.end('later');
      }
    });
    const response = await fetch(`http://127.0.0.1:${other.port}/`);
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('content-type'), null);
    assert.match(String(refused), /closed/);
    await other.close();
  });
});

describe('MJPEG with fifty clients of which ten never read', () => {
  it('holds two frames for each of the ten, and gives the others every frame', async () => {
    const size = 200_000;
    const rounds = 60;
    const sleepers: TestViewer[] = [];
    for (let n = 0; n < 10; n++) {
      const sleeper = await view();
      sleeper.socket.pause();
      sleepers.push(sleeper);
    }
    const counts: number[] = [];
    for (let n = 0; n < 40; n++) {
      const viewer = await view();
      viewer.socket.removeAllListeners('data');
      counts[n] = 0;
      viewer.socket.on('data', (chunk) => {
        counts[n] = (counts[n] ?? 0) + chunk.length;
      });
    }
    const frame = Buffer.alloc(size, 7);
    for (let round = 1; round <= rounds; round++) {
      publisher.publish(frame);
      await eventually(
        () => counts.every((count) => count >= round * size),
        `frame ${round} reached the forty`,
      );
    }
    const { frames, skipped } = output.stats();
    // The kernel takes some megabytes for each sleeper, then no more than two frames wait for it in here.
    assert.ok(frames >= 40 * rounds && frames < 50 * rounds, `${frames} frames`);
    assert.equal(frames + skipped + 10, 50 * rounds);
    const held = publisher.published - publisher.freed;
    assert.ok(held >= 2 && held <= 21, `${held} frames held`);
    for (const sleeper of sleepers) sleeper.socket.destroy();
    await eventually(() => output.stats().clients === 40, 'the ten are gone');
    await eventually(() => publisher.published - publisher.freed <= 1, 'only the newest is held');
  });

  it('keeps its clients when it follows another pad, whatever becomes of the one before', async () => {
    const viewer = await view();
    await viewer.readHead();
    publisher.publish(picture('one'));
    assert.deepEqual((await viewer.readPart()).body, picture('one'));
    const other = testPad();
    output.follow(other);
    assert.equal(pad.targetCount, 0);
    pad.close(stopCodes.ok, 'it is gone');
    new Publisher(other).publish(picture('two'));
    assert.deepEqual((await viewer.readPart()).body, picture('two'));
    output.close();
    await eventually(() => output.stats().clients === 0, 'the client is ended');
    assert.equal(other.targetCount, 0);
  });
});
