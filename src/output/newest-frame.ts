import type { Session } from '../session/session.js';
import type { Message } from '../stream/message.js';
import { ageNs } from './freshness.js';
import type { BoundedWriter } from './http-viewer.js';

/**
 * The frames of one client: one on its way, and at most one waiting, which a
 * newer one takes the place of. Who is slow sees fewer frames, never older ones.
 */
export class NewestFrame {
  readonly #writer: BoundedWriter;
  readonly #session: Session;
  readonly #parts: (message: Message<'packet'>) => Uint8Array[];
  #inFlight: Message<'packet'> | null = null;
  #waiting: Message<'packet'> | null = null;
  #ended = false;
  #frames = 0;
  #skipped = 0;

  /** `parts`: what is sent of a frame. */
  constructor(writer: BoundedWriter, session: Session, parts: (message: Message<'packet'>) => Uint8Array[]) {
    this.#writer = writer;
    this.#session = session;
    this.#parts = parts;
  }

  get frames(): number {
    return this.#frames;
  }

  /** Frames that the client was too slow for. */
  get skipped(): number {
    return this.#skipped;
  }

  /** A frame is on its way. */
  get busy(): boolean {
    return this.#inFlight !== null;
  }

  /** Takes the message over. */
  offer(message: Message<'packet'>): void {
    if (this.#ended) message.release();
    else if (!this.#inFlight) this.#send(message);
    else {
      if (this.#waiting) this.#skip(this.#waiting);
      this.#waiting = message;
    }
  }

  /** The connection is gone: nothing of ours is being written any more. */
  end(): void {
    this.#ended = true;
    this.#waiting?.release();
    this.#waiting = null;
    this.#inFlight?.release();
    this.#inFlight = null;
  }

  #skip(message: Message<'packet'>): void {
    message.release();
    this.#skipped += 1;
    this.#session.dropped(1);
  }

  #send(message: Message<'packet'>): void {
    this.#inFlight = message;
    this.#frames += 1;
    const ageMs = ageNs(message.data) / 1e6;
    // Written means handed to the kernel: only then may the payload become another frame.
    this.#writer.write(this.#parts(message), { frames: 1, ageMs }, () => this.#sent(message));
  }

  #sent(message: Message<'packet'>): void {
    message.release();
    if (this.#ended || this.#inFlight !== message) return;
    this.#inFlight = null;
    const next = this.#waiting;
    this.#waiting = null;
    if (next) this.#send(next);
  }
}
