/** A client over HTTP as a session, and the one rule for what may wait in its socket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Audience } from '../session/audience.js';
import type { SessionKind } from '../session/facts.js';
import type { Session } from '../session/session.js';
import type { ThrottleMode } from '../session/throttle.js';

/** Where bytes for a client go. */
export interface ByteSink {
  /** All of it in one piece; `done` when the kernel has it (`taken`), or never will. */
  write(parts: readonly Uint8Array[], done: (taken: boolean) => void): void;
}

/** What a write carries, for the session's counts. */
export interface Carried {
  frames: number;
  /** Of the newest frame, since its capture; null: there is none. */
  ageMs: number | null;
}

/** Admits the client of an answer of which nothing has been sent. Throws as `Audience.admit` does. */
export function admitHttp(
  audience: Audience,
  kind: SessionKind,
  request: IncomingMessage,
  response: ServerResponse,
  throttle?: ThrottleMode,
): Session {
  const end = () => response.destroy();
  const session = audience.admit({ kind, client: clientOf(request), throttle, end });
  response.once('close', () => session.closed());
  // A client that resets its connection is no error of ours; `close` follows.
  response.on('error', () => response.destroy());
  return session;
}

export function clientOf({ socket }: IncomingMessage): string {
  const { remoteAddress = 'unknown', remotePort } = socket;
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}

export function responseSink(response: ServerResponse): ByteSink {
  return {
    write(parts, done) {
      response.cork();
      parts.forEach((part, index) => {
        if (index < parts.length - 1) response.write(part);
        // What is written when a socket is destroyed ends without an error.
        else response.write(part, (error) => done(!error && !response.destroyed));
      });
      response.uncork();
    },
  };
}

/**
 * At most `backlogBytes` wait in a client's socket. What is longer goes into an
 * empty one only: a bound below the largest frame slows a client but does not
 * stop it. A write that waits for too long ends the session (SessionBook.tick).
 */
export class BoundedWriter {
  readonly #sink: ByteSink;
  readonly #session: Session;
  readonly #backlogBytes: number;
  #waiter: (() => void) | null = null;

  constructor(sink: ByteSink, session: Session, backlogBytes: number) {
    this.#sink = sink;
    this.#session = session;
    this.#backlogBytes = backlogBytes;
  }

  /** Whether there is room for so many bytes now. */
  takes(bytes: number): boolean {
    const { waitingBytes } = this.#session;
    return waitingBytes === 0 || waitingBytes + bytes <= this.#backlogBytes;
  }

  write(parts: readonly Uint8Array[], { frames, ageMs }: Carried, done: () => void = () => {}): void {
    const bytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.#session.handed(bytes, frames, ageMs);
    this.#sink.write(parts, (taken) => {
      if (taken) this.#session.taken();
      done();
      const waiter = this.#waiter;
      this.#waiter = null;
      waiter?.();
    });
  }

  /** Resolves when there is room for so many bytes, or the session is over. One at a time. */
  async room(bytes: number): Promise<void> {
    while (!this.takes(bytes) && this.#session.state !== 'disconnected') {
      await new Promise<void>((resolve) => {
        this.#waiter = resolve;
      });
    }
  }
}
