import { codeOf } from '../base/error.js';
import type { ShmClientStats, ShmOutputHandle } from '../native/port.js';
import type { SessionBook } from '../session/book.js';
import type { Session } from '../session/session.js';

/** Programs at one shmsink as sessions. Its protocol has no word for no: whoever is too many is disconnected. */
export class ShmViewers {
  readonly #handle: Pick<ShmOutputHandle, 'clients' | 'end'>;
  readonly #book: SessionBook;
  readonly #place: { camera: string; stream: string };
  readonly #sessions = new Map<number, Session>();
  /** Told to go, and not told of as gone yet. */
  readonly #refused = new Set<number>();

  constructor(
    handle: Pick<ShmOutputHandle, 'clients' | 'end'>,
    book: SessionBook,
    place: { camera: string; stream: string },
  ) {
    this.#handle = handle;
    this.#book = book;
    this.#place = { camera: place.camera, stream: place.stream };
  }

  /** Once a second: who has come, what each was given, who has gone. */
  poll(): void {
    for (const stats of this.#handle.clients()) {
      if (this.#refused.has(stats.id)) {
        if (stats.state !== 'connected') this.#refused.delete(stats.id);
        continue;
      }
      const session = this.#sessions.get(stats.id) ?? this.#admit(stats);
      session?.measured({
        bytes: stats.bytes,
        frames: stats.frames,
        dropped: stats.dropped,
        frameAgeMs: null,
        waitingBytes: stats.heldBytes,
        // It costs nobody anything to hold its part of the memory: it is not ended for that.
        blockedForMs: 0,
        blockedMs: stats.blockedNs / 1e6,
      });
      if (stats.state === 'connected') continue;
      session?.closed(stats.state === 'dismissed' ? 'slow' : 'left');
      this.#sessions.delete(stats.id);
    }
  }

  /** The shmsink is gone, and its clients with it. */
  close(): void {
    for (const session of this.#sessions.values()) session.closed('stream-gone');
    this.#sessions.clear();
  }

  #admit({ id, pid }: ShmClientStats): Session | null {
    const client = pid > 0 ? `pid ${pid}` : 'a program';
    const end = () => void this.#handle.end(id);
    try {
      const session = this.#book.open({ ...this.#place, kind: 'shmsink', client, transport: null, end });
      this.#sessions.set(id, session);
      return session;
    } catch (error) {
      if (codeOf(error) !== 'full' && codeOf(error) !== 'unavailable') throw error;
      this.#refused.add(id);
      end();
      return null;
    }
  }
}
