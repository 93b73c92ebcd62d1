import { codeOf } from '../base/error.js';
import type { RtspClientStats, RtspEndReason, RtspEvent } from '../native/port.js';
import type { SessionBook } from '../session/book.js';
import type { EndReason } from '../session/facts.js';
import { limitOf } from '../session/limits.js';
import type { Session } from '../session/session.js';

interface Place {
  camera: string;
  stream: string;
}

type Told<Event extends RtspEvent['event']> = Extract<RtspEvent, { event: Event }>;

/** Who ends without a word of ours was ended with what it watched. */
const reasons: Readonly<Record<RtspEndReason, EndReason>> = {
  left: 'left',
  slow: 'slow',
  ended: 'stream-gone',
};

/** Clients of the RTSP server as sessions: one for each path that a client plays. */
export class RtspViewers {
  readonly #book: SessionBook;
  readonly #endClient: (client: string) => void;
  /** By client and path. */
  readonly #sessions = new Map<string, Session>();

  /** `endClient` ends a connection; its end is then told like any other. */
  constructor(book: SessionBook, endClient: (client: string) => void) {
    this.#book = book;
    this.#endClient = endClient;
  }

  /** Native code has let it in; who came over HTTP at the same moment may have taken its place. */
  playing({ client, address, path, transport }: Told<'playing'>, { camera, stream }: Place): void {
    const key = keyOf(client, path);
    if (this.#sessions.has(key)) return; // after a pause
    const end = () => this.#endClient(client);
    try {
      this.#sessions.set(
        key,
        this.#book.open({ camera, stream, kind: 'rtsp', client: address, transport, end }),
      );
    } catch (error) {
      if (codeOf(error) !== 'full' && codeOf(error) !== 'unavailable') throw error;
      end();
    }
  }

  refused({ address, place }: Told<'full'>, { camera, stream }: Place): void {
    this.#book.refused({ kind: 'rtsp', camera, stream, client: address, transport: null }, limitOf(place));
  }

  stopped({ client, path, reason, played }: Told<'stopped'>): void {
    this.measure(played);
    this.#close(keyOf(client, path), reason);
  }

  disconnected({ client, reason, played }: Told<'disconnected'>): void {
    this.measure(played);
    for (const key of [...this.#sessions.keys()]) {
      if (key.startsWith(keyOf(client, ''))) this.#close(key, reason);
    }
  }

  /** What native code has counted. */
  measure(all: readonly RtspClientStats[]): void {
    for (const { client, path, bytes, frames, dropped, ageNs, ...tcp } of all) {
      this.#sessions.get(keyOf(client, path))?.measured({
        bytes,
        frames,
        dropped,
        frameAgeMs: frames > 0 ? ageNs / 1e6 : null,
        waitingBytes: tcp.waitingBytes,
        blockedForMs: tcp.blockedForNs / 1e6,
        blockedMs: tcp.blockedNs / 1e6,
      });
    }
  }

  /** The server is closed. */
  close(): void {
    for (const key of [...this.#sessions.keys()]) this.#close(key, 'ended');
  }

  #close(key: string, reason: RtspEndReason): void {
    this.#sessions.get(key)?.closed(reasons[reason]);
    this.#sessions.delete(key);
  }
}

function keyOf(client: string, path: string): string {
  return `${client} ${path}`;
}
