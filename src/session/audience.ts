import type { SessionBook } from './book.js';
import type { EndReason, SessionKind } from './facts.js';
import type { Session } from './session.js';
import { Throttle, type ThrottleMode } from './throttle.js';

export interface Guest {
  kind: SessionKind;
  /** `ADDRESS:PORT`, or `pid N` of a program on this machine. */
  client: string;
  /** RTSP's; else nothing. */
  transport?: string;
  throttle?: ThrottleMode | undefined;
  /** Ends the connection, now. */
  end(reason: EndReason): void;
}

/** The viewers of one stream: what its ways out know of the book. */
export class Audience {
  readonly #book: SessionBook;
  readonly #camera: string;
  readonly #stream: string;

  constructor(book: SessionBook, camera: string, stream: string) {
    this.#book = book;
    this.#camera = camera;
    this.#stream = stream;
  }

  /** Bytes that may wait in the socket of one viewer. */
  get backlogBytes(): number {
    return this.#book.limits.backlogBytes;
  }

  /** For one more viewer. */
  throttle(): Throttle {
    return new Throttle(this.#book.limits.throttle);
  }

  /** Throws `full` where a limit is reached, `unavailable` while the appliance closes. */
  admit({ transport, ...guest }: Guest): Session {
    const place = { camera: this.#camera, stream: this.#stream };
    return this.#book.open({ ...place, ...guest, transport: transport ?? null });
  }
}
