/** A pad that tests feed by hand, pictures, and an HTTP server in front of an output. */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import sharp from 'sharp';
import { Audience } from '../session/audience.js';
import { SessionBook } from '../session/book.js';
import type { SessionLimits } from '../session/limits.js';
import { amplyLimited } from '../session/testing.js';
import { Pad } from '../stream/pad.js';
import { packetMessage } from '../stream/testing.js';

export function testPad(): Pad {
  return new Pad({
    name: 'front/low',
    keepLatest: true,
    onTargetFailure: ({ error }) => assert.fail(String(error)),
  });
}

/** Of the stream front/low, and the book that its viewers are in. */
export function testAudience(limits: Partial<SessionLimits> = {}): { book: SessionBook; audience: Audience } {
  const book = new SessionBook({ limits: { ...amplyLimited, ...limits } });
  return { book, audience: new Audience(book, 'front', 'low') };
}

/** Counts what was published and what came back. */
export class Publisher {
  published = 0;
  freed = 0;
  readonly #pad: Pad;

  constructor(pad: Pad) {
    this.#pad = pad;
  }

  publish(payload: Uint8Array, changes: Partial<Parameters<typeof packetMessage>[0]> = {}): void {
    this.published += 1;
    const sequence = this.published;
    this.#pad.deliver(packetMessage({ payload, sequence, ...changes }, () => this.freed++));
  }
}

export async function noise(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * 2654435761) >>> 24;
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer();
}

export async function listen(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An MJPEG client that reads bytes as they come, and takes them apart like a strict program would. */
export class TestViewer {
  readonly socket: Socket;
  head = '';
  bytes = Buffer.alloc(0);
  #arrived: () => void = () => {};

  constructor(port: number, path = '/', method = 'GET') {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => this.socket.destroy());
    this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
    this.socket.on('data', (chunk) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.#arrived();
    });
  }

  /** Waits until what has arrived satisfies this; fails after twenty seconds. */
  async until(satisfied: (bytes: Buffer) => boolean): Promise<void> {
    const deadline = setTimeout(() => this.socket.destroy(new Error('too late')), 20_000);
    while (!satisfied(this.bytes)) {
      assert.ok(!this.socket.destroyed, `the connection ended; so far: ${this.bytes.subarray(0, 500)}`);
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
        this.socket.once('close', resolve);
      });
    }
    clearTimeout(deadline);
  }

  async readHead(): Promise<string> {
    await this.until((bytes) => bytes.includes('\r\n\r\n'));
    const end = this.bytes.indexOf('\r\n\r\n') + 4;
    this.head = this.bytes.toString('latin1', 0, end);
    this.bytes = this.bytes.subarray(end);
    return this.head;
  }

  /** The next part, which must be complete with the boundary that ends it. */
  async readPart(): Promise<{ headers: Map<string, string>; body: Buffer }> {
    await this.until((bytes) => bytes.includes('\r\n\r\n'));
    const end = this.bytes.indexOf('\r\n\r\n');
    const lines = this.bytes.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.filter((line) => line.includes(': ')).map((line) => line.split(': ') as [string, string]),
    );
    const length = Number(headers.get('Content-Length'));
    const closing = Buffer.from('\r\n--boundarydonotcross\r\n');
    const bodyAt = end + 4;
    await this.until((bytes) => bytes.length >= bodyAt + length + closing.length);
    const body = this.bytes.subarray(bodyAt, bodyAt + length);
    assert.deepEqual(this.bytes.subarray(bodyAt + length, bodyAt + length + closing.length), closing);
    this.bytes = this.bytes.subarray(bodyAt + length + closing.length);
    return { headers, body };
  }
}

/** Lets callbacks run until this holds; fails after twenty seconds. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
