/** The WebSocket at `/api/v1/events`: sends events, listens to nothing. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Log } from '../base/log.js';
import type { EventFeed } from './events.js';

const PATH = '/api/v1/events';
/** Above this the next state of things replaces the one that waits; well above it the client is let go. */
const BUFFER_SOFT = 256_000;
const BUFFER_HARD = 1_000_000;
const PING_MS = 20_000;

export class EventSocket {
  readonly #feed: EventFeed;
  readonly #log: Log;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  readonly #silent = new Set<WebSocket>();
  readonly #pings: NodeJS.Timeout;

  constructor(feed: EventFeed, log: Log) {
    this.#feed = feed;
    this.#log = log;
    this.#server.on('connection', (socket: WebSocket) => this.#serve(socket));
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
  }

  isAt(path: string): boolean {
    return path === PATH;
  }

  /** For the `upgrade` event of an HTTP server, behind the guard. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) =>
      this.#server.emit('connection', client, request),
    );
  }

  /** Says goodbye to every client. */
  close(): void {
    clearInterval(this.#pings);
    for (const client of this.#server.clients) {
      client.close(1001, 'the appliance ends');
      client.terminate();
    }
    this.#server.close();
  }

  #serve(client: WebSocket): void {
    const stop = this.#feed.listen((event) => {
      if (client.bufferedAmount > BUFFER_HARD) client.terminate();
      else if (event.event !== 'stats' || client.bufferedAmount < BUFFER_SOFT) {
        client.send(JSON.stringify(event));
      }
    });
    client.on('pong', () => this.#silent.delete(client));
    client.on('close', () => {
      this.#silent.delete(client);
      stop();
    });
    client.on('error', (error) => this.#log.debug({ err: error }, 'an event client failed'));
  }

  /** A client that vanished without a word answers no ping and is forgotten. */
  #ping(): void {
    for (const client of this.#server.clients) {
      if (this.#silent.has(client)) {
        client.terminate();
        continue;
      }
      this.#silent.add(client);
      client.ping();
    }
  }
}
