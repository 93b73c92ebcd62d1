/** A JPEG stream over WebSockets: each message is a picture. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Audience } from '../session/audience.js';
import type { Session } from '../session/session.js';
import { accepting } from '../stream/filter.js';
import type { AnyMessage } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import type { Connection, Target } from '../stream/target.js';
import { FirstFrameGate, isFresh } from './freshness.js';
import { BoundedWriter } from './http-viewer.js';
import { NewestFrame } from './newest-frame.js';
import { admitSocket, leaveSocket, socketSink } from './socket-viewer.js';

export class JpegSockets {
  #pad: Pad;
  readonly #audience: Audience;
  readonly #clients = new Map<JpegSocket, Connection>();

  constructor(pad: Pad, audience: Audience) {
    this.#pad = pad;
    this.#audience = audience;
  }

  /** Throws `full`, with nothing sent, where a limit is reached. */
  admit(request: IncomingMessage): (client: WebSocket) => void {
    const session = admitSocket(this.#audience, request);
    return (client) => this.#serve(new JpegSocket(client, session), client);
  }

  /** Its frames come from another pad now; clients that are connected stay so. */
  follow(pad: Pad): void {
    if (pad === this.#pad) return;
    this.#pad = pad;
    for (const [socket, connection] of this.#clients) {
      connection.disconnect();
      this.#connect(socket);
    }
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Ends every client. */
  close(): void {
    for (const socket of this.#clients.keys()) socket.leave('stream-gone');
  }

  #serve(socket: JpegSocket, client: WebSocket): void {
    // A client that resets its connection is no error of ours; `close` follows.
    client.on('error', () => client.terminate());
    client.once('close', () => {
      this.#clients.get(socket)?.disconnect();
      this.#clients.delete(socket);
      socket.end();
    });
    if (!this.#connect(socket)) return;
    // Who joins others need not wait for the next frame when the newest is fresh.
    const newest = this.#pad.latest();
    if (newest && isFresh(newest.data)) socket.deliver(newest);
    else newest?.release();
  }

  #connect(socket: JpegSocket): boolean {
    try {
      this.#clients.set(socket, this.#pad.connect(socket));
      return true;
    } catch {
      socket.leave('failed'); // it comes again, and is then told what is wrong
      return false;
    }
  }
}

class JpegSocket implements Target {
  readonly rejects = accepting('packet', 'exit');
  readonly #client: WebSocket;
  readonly #session: Session;
  readonly #gate = new FirstFrameGate();
  readonly #newest: NewestFrame;

  constructor(client: WebSocket, session: Session) {
    this.#client = client;
    this.#session = session;
    // One frame is under way at a time, so the bound never comes into play.
    const writer = new BoundedWriter(socketSink(client), session, 0);
    this.#newest = new NewestFrame(writer, session, ({ data }) => [data.payload]);
  }

  deliver(message: AnyMessage): void {
    if (message.type === 'packet' && this.#gate.passes(message.data)) {
      this.#newest.offer(message);
      return;
    }
    if (message.type === 'exit') this.leave('stream-gone');
    message.release();
  }

  /** Ends the connection behind what is under way. */
  leave(reason: 'stream-gone' | 'failed'): void {
    leaveSocket(this.#client, this.#session, reason);
  }

  end(): void {
    this.#newest.end();
  }

  info(): Record<string, unknown> {
    const { frames, skipped, busy } = this.#newest;
    return { kind: 'ws', client: this.#session.viewer.client, frames, skipped, inFlight: busy };
  }
}
