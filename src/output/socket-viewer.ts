/** A client of a WebSocket as a session. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { Audience } from '../session/audience.js';
import type { EndReason } from '../session/facts.js';
import type { Session } from '../session/session.js';
import type { ThrottleMode } from '../session/throttle.js';
import { type ByteSink, clientOf } from './http-viewer.js';

/** Close codes. */
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

/** Admits the client of an upgrade that has not been answered. Throws as `Audience.admit` does. */
export function admitSocket(audience: Audience, request: IncomingMessage, throttle?: ThrottleMode): Session {
  const { socket } = request;
  const end = () => socket.destroy();
  const session = audience.admit({ kind: 'ws', client: clientOf(request), throttle, end });
  socket.once('close', () => session.closed());
  return session;
}

/** Each part is a message. */
export function socketSink(client: WebSocket): ByteSink {
  return {
    write(parts, done) {
      parts.forEach((part, index) => {
        if (index < parts.length - 1) client.send(part);
        else client.send(part, (error) => done(!error));
      });
    },
  };
}

/** Ends the connection behind what is under way. */
export function leaveSocket(client: WebSocket, session: Session, reason: EndReason): void {
  session.leaving(reason);
  if (reason === 'failed') client.close(TRY_AGAIN_LATER, 'the stream cannot be read now');
  else client.close(GOING_AWAY, 'the stream has ended');
}
