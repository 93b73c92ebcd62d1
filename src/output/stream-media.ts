/** What a JPEG stream offers over HTTP, side by side. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { Audience } from '../session/audience.js';
import type { Pad } from '../stream/pad.js';
import { JpegSockets } from './jpeg-sockets.js';
import { MjpegOutput, type MjpegStats } from './mjpeg.js';
import type { MjpegRequest } from './mjpeg-client.js';
import { type Picture, type PictureOptions, PictureOutput, type PictureRequest } from './picture.js';

export class JpegStreamMedia {
  #pad: Pad;
  readonly #mjpeg: MjpegOutput;
  readonly #pictures: PictureOutput;
  readonly #sockets: JpegSockets;

  /** The pad should keep its latest packet: a picture of a stream that others watch is then at hand. */
  constructor(pad: Pad, audience: Audience, options: PictureOptions = {}) {
    this.#pad = pad;
    this.#mjpeg = new MjpegOutput(pad, audience);
    this.#pictures = new PictureOutput(pad, options);
    this.#sockets = new JpegSockets(pad, audience);
  }

  /** Its frames come from another pad now; clients notice nothing but the other picture. */
  follow(pad: Pad): void {
    if (pad === this.#pad) return;
    this.#pad = pad;
    this.#mjpeg.follow(pad);
    this.#pictures.follow(pad);
    this.#sockets.follow(pad);
  }

  /** Ends every client. */
  close(): void {
    this.#mjpeg.close();
    this.#sockets.close();
  }

  mjpeg(request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void {
    this.#mjpeg.serve(request, response, options);
  }

  picture(request: PictureRequest): Promise<Picture> {
    return this.#pictures.picture(request);
  }

  /** A picture a message. Admits the client; what is returned takes it over. */
  socket(request: IncomingMessage): (client: WebSocket) => void {
    return this.#sockets.admit(request);
  }

  get socketClients(): number {
    return this.#sockets.clients;
  }

  mjpegStats(): MjpegStats {
    return this.#mjpeg.stats();
  }
}
