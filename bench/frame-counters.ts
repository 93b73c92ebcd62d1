/** Viewers that count what comes and keep nothing. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { GstLaunch } from './gst-launch.js';

export interface FrameCounter extends AsyncDisposable {
  readonly frames: number;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** RTP's marker bit ends a frame. */
export class RtpCounter implements FrameCounter {
  frames = 0;
  readonly #socket: UdpSocket;

  private constructor(socket: UdpSocket) {
    this.#socket = socket;
    socket.on('message', (packet) => {
      if (((packet[1] ?? 0) & 0x80) !== 0) this.frames++;
    });
  }

  static async open(): Promise<RtpCounter> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpCounter(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

/** Of multipart data on a bare socket, or behind a request's answer. */
export class MjpegCounter implements FrameCounter {
  frames = 0;
  readonly #socket: Socket;
  #tail = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      const text = this.#tail + chunk.toString('latin1');
      this.frames += text.split(head).length - 1;
      this.#tail = text.slice(1 - head.length);
    });
  }

  /** Rejects when nobody listens there; `path`: by HTTP. */
  static async open(port: number, path?: string): Promise<MjpegCounter> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => socket.destroy()); // the other end has gone, and no frame is counted any more
    if (path !== undefined) socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    return new MjpegCounter(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.closed) return;
    this.#socket.destroy();
    await once(this.#socket, 'close');
  }
}

const head = 'Content-Type: image/jpeg';

/** The frames of a shmsink: fakesink says a line for each. */
export class ShmCounter implements FrameCounter {
  readonly #viewer: GstLaunch;

  constructor(socket: string) {
    this.#viewer = new GstLaunch(
      '-v',
      `shmsrc socket-path=${socket} is-live=true ! fakesink silent=false sync=false`,
    );
  }

  get frames(): number {
    this.#viewer.mustRun();
    return this.#viewer.stdout.split('last-message = chain').length - 1;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#viewer[Symbol.asyncDispose]();
  }
}
