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
  readonly #pad: Pad;
  readonly #stallMs: number;
  readonly #clients = new Set<MjpegClient>();
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
    this.#clients.add(client);
    response.once('close', () => {
      connection.disconnect();
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

  stats(): MjpegStats {
    const stats = { clients: this.#clients.size, frames: this.#frames, skipped: this.#skipped };
    for (const client of this.#clients) {
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
