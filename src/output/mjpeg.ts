/** A JPEG stream as MJPEG over HTTP, to any number of clients. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pad } from '../stream/pad.js';
import type { Connection } from '../stream/target.js';
import { isFresh } from './freshness.js';
import { MjpegClient, type MjpegRequest, STALL_MS, setMjpegHead, unsetMjpegHead } from './mjpeg-client.js';

export interface MjpegStats {
  clients: number;
  frames: number;
  skipped: number;
}

export class MjpegOutput {
  #pad: Pad;
  readonly #stallMs: number;
  readonly #clients = new Map<MjpegClient, { connection: Connection; response: ServerResponse }>();
  // Of the clients that are gone.
  #frames = 0;
  #skipped = 0;

  constructor(pad: Pad, options: { stallMs?: number } = {}) {
    this.#pad = pad;
    this.#stallMs = options.stallMs ?? STALL_MS;
  }

  /** Takes the response over. Throws, with nothing sent, when the pad cannot be connected. */
  serve(request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void {
    setMjpegHead(response);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    if (response.destroyed || request.socket.destroyed) return;
    const client = new MjpegClient(response, options, this.#stallMs);
    const connection = this.#connect(client, response);
    this.#clients.set(client, { connection, response });
    response.once('close', () => {
      this.#clients.get(client)?.connection.disconnect();
      client.end();
      this.#clients.delete(client);
      this.#frames += client.frames;
      this.#skipped += client.skipped;
    });
    // A client that resets its connection is no error of ours; `close` follows.
    response.on('error', () => response.destroy());
    response.flushHeaders();
    this.#deliverNewest(client);
  }

  /** Its frames come from another pad now; clients that are connected stay so. */
  follow(pad: Pad): void {
    if (pad === this.#pad) return;
    this.#pad = pad;
    for (const [client, { connection, response }] of this.#clients) {
      connection.disconnect();
      try {
        this.#clients.set(client, { connection: pad.connect(client), response });
      } catch {
        response.end(); // it comes again, and is then told what is wrong
      }
    }
  }

  /** Ends every client. */
  close(): void {
    for (const { response } of this.#clients.values()) response.end();
  }

  stats(): MjpegStats {
    const stats = { clients: this.#clients.size, frames: this.#frames, skipped: this.#skipped };
    for (const client of this.#clients.keys()) {
      stats.frames += client.frames;
      stats.skipped += client.skipped;
    }
    return stats;
  }

  #connect(client: MjpegClient, response: ServerResponse): Connection {
    try {
      return this.#pad.connect(client);
    } catch (error) {
      unsetMjpegHead(response);
      throw error;
    }
  }

  /** Who joins others need not wait for the next frame when the newest is fresh. */
  #deliverNewest(client: MjpegClient): void {
    if (client.frames > 0) return;
    const newest = this.#pad.latest();
    if (newest && isFresh(newest.data)) client.deliver(newest);
    else newest?.release();
  }
}
