import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { EventSocket } from './event-socket.js';
import type { MediaSockets } from './media-sockets.js';
import { notFound } from './problem.js';
import { answerRaw } from './raw-answer.js';

/** Every WebSocket, by its address. Behind the guard. */
export class Upgrades {
  readonly #events: EventSocket;
  readonly #media: MediaSockets;

  constructor(events: EventSocket, media: MediaSockets) {
    this.#events = events;
    this.#media = media;
  }

  /** For the `upgrade` event of an HTTP server. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [path = ''] = (request.url ?? '').split('?');
    try {
      if (this.#events.isAt(path)) {
        this.#events.accept(request, socket, head);
        return;
      }
      const serve = this.#media.find(request);
      if (!serve) throw notFound(`there is no WebSocket at ${path}`);
      this.#media.accept(request, socket, head, serve);
    } catch (error) {
      answerRaw(socket, error);
    }
  }

  /** Says goodbye to every client. */
  close(): void {
    this.#events.close();
    this.#media.close();
  }
}
