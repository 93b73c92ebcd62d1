/** A JPEG stream as MJPEG over HTTP, to any number of clients. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Audience } from '../session/audience.js';
import type { Session } from '../session/session.js';
import type { Pad } from '../stream/pad.js';
import type { Connection } from '../stream/target.js';
import { isFresh } from './freshness.js';
import { admitHttp } from './http-viewer.js';
import { setLiveHead, unsetLiveHead } from './live-head.js';
import { MjpegClient, type MjpegRequest } from './mjpeg-client.js';
import { MJPEG_TYPE } from './mjpeg-part.js';

export interface MjpegStats {
  clients: number;
  frames: number;
  skipped: number;
}

export class MjpegOutput {
  #pad: Pad;
  readonly #audience: Audience;
  readonly #clients = new Map<MjpegClient, Connection>();
  // Of the clients that are gone.
  #frames = 0;
  #skipped = 0;

  constructor(pad: Pad, audience: Audience) {
    this.#pad = pad;
    this.#audience = audience;
  }

  /**
   * Takes the response over. Throws, with nothing sent, `full` when a limit is
   * reached, and whatever the pad cannot be connected for.
   */
  serve(request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void {
    if (request.method === 'HEAD') {
      setHead(response);
      response.end();
      return;
    }
    if (response.destroyed || request.socket.destroyed) return;
    const session = admitHttp(this.#audience, 'mjpeg', request, response);
    setHead(response);
    const client = new MjpegClient(response, options, session);
    this.#clients.set(client, this.#connect(client, response, session));
    response.once('close', () => {
      this.#clients.get(client)?.disconnect();
      client.end();
      this.#clients.delete(client);
      this.#frames += client.frames;
      this.#skipped += client.skipped;
    });
    response.flushHeaders();
    this.#deliverNewest(client);
  }

  /** Its frames come from another pad now; clients that are connected stay so. */
  follow(pad: Pad): void {
    if (pad === this.#pad) return;
    this.#pad = pad;
    for (const [client, connection] of this.#clients) {
      connection.disconnect();
      try {
        this.#clients.set(client, pad.connect(client));
      } catch {
        client.leave('failed'); // it comes again, and is then told what is wrong
      }
    }
  }

  /** Ends every client. */
  close(): void {
    for (const client of this.#clients.keys()) client.leave('stream-gone');
  }

  stats(): MjpegStats {
    const stats = { clients: this.#clients.size, frames: this.#frames, skipped: this.#skipped };
    for (const client of this.#clients.keys()) {
      stats.frames += client.frames;
      stats.skipped += client.skipped;
    }
    return stats;
  }

  #connect(client: MjpegClient, response: ServerResponse, session: Session): Connection {
    try {
      return this.#pad.connect(client);
    } catch (error) {
      session.closed('failed');
      unsetLiveHead(response);
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

/** No chunked encoding: simple clients look for the boundary in the bare stream. */
function setHead(response: ServerResponse): void {
  setLiveHead(response, MJPEG_TYPE);
  response.removeHeader('Transfer-Encoding');
}
