/** A stream's MJPEG on a port of its own, at `/`, whatever the query: what cameras and mjpg-streamer do. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, type ErrorCode, TeecamError } from '../base/error.js';
import { turnAwayWhenFull } from '../base/open-files.js';
import type { MjpegRequest } from './mjpeg-client.js';

export interface MjpegServing {
  mjpeg(request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void;
}

/** Stands before the port: what it does not let in is not answered here. */
export interface PortGuard {
  protect(server: Server, listener: RequestListener): void;
}

const listenFaults: Readonly<Partial<Record<string, ErrorCode>>> = {
  EADDRINUSE: 'address-in-use',
  EACCES: 'no-permission',
};

export class MjpegPort {
  readonly #server: Server;
  readonly #onError: (error: unknown) => void;

  /** `onError` hears of requests that failed on our side. */
  constructor(media: MjpegServing, guard: PortGuard, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#server = createServer({ requireHostHeader: false });
    turnAwayWhenFull(this.#server, onError);
    guard.protect(this.#server, (request, response) => this.#answer(media, request, response));
  }

  /** Resolves with the port; 0 takes any. Throws `address-in-use`, `no-permission`, or `failed` with its cause. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new TeecamError(listenFaults[codeOf(cause) ?? ''] ?? 'failed', cause.message, { cause }));
      });
      this.#server.listen(port, host, resolve);
    });
    this.#server.removeAllListeners('error').on('error', this.#onError);
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends its clients too. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(media: MjpegServing, request: IncomingMessage, response: ServerResponse): void {
    const [path, queryText] = (request.url ?? '/').split('?');
    const query = new URLSearchParams(queryText);
    const fps = query.get('fps');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      refuse(response, 405, 'this port only gives its stream');
    } else if (path !== '/') {
      refuse(response, 404, 'the stream is at /');
    } else if (fps !== null && !(Number(fps) >= 0.001)) {
      refuse(response, 400, 'fps: frames a second, at least 0.001');
    } else {
      this.#serve(media, request, response, {
        fps: fps === null ? null : Number(fps),
        advance: query.get('advance') === '1',
      });
    }
  }

  #serve(
    media: MjpegServing,
    request: IncomingMessage,
    response: ServerResponse,
    options: MjpegRequest,
  ): void {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    try {
      media.mjpeg(request, response, options);
    } catch (error) {
      if (error instanceof TeecamError && error.code === 'full') {
        response.setHeader('Retry-After', String(error.details['retryAfterS']));
        refuse(response, 503, error.message);
        return;
      }
      this.#onError(error);
      refuse(response, 503, 'there is nothing to show now');
    }
  }
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify({ type: 'about:blank', status, detail }));
}
