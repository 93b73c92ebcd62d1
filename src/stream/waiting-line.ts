/** Messages in the order in which they came, and their weight. */
import type { AnyMessage, MessageType } from './message.js';

/**
 * Of these only the newest of its kind is worth waiting for. Control messages
 * weigh nothing, so they must not pile up before a consumer that sleeps.
 */
const superseding: ReadonlySet<MessageType> = new Set([
  'grace',
  'noStart',
  'noStartWarning',
  'serviceStatus',
  'signalStatus',
  'descrambleInfo',
  'speed',
  'timeshiftStatus',
]);

export class WaitingLine {
  #messages: AnyMessage[] = [];
  #payloads = 0;
  #bytes = 0;
  #highWaterBytes = 0;

  get messages(): readonly AnyMessage[] {
    return this.#messages;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** Messages that weigh something. */
  get payloads(): number {
    return this.#payloads;
  }

  /** Of payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The most that ever waited. */
  get highWaterBytes(): number {
    return this.#highWaterBytes;
  }

  push(message: AnyMessage): void {
    if (message.payloadBytes === 0) this.#makeRoomFor(message.type);
    this.#messages.push(message);
    this.#weigh(message, 1);
    this.#highWaterBytes = Math.max(this.#highWaterBytes, this.#bytes);
  }

  /** Takes the oldest out, or null. */
  shift(): AnyMessage | null {
    const message = this.#messages.shift();
    if (message) this.#weigh(message, -1);
    return message ?? null;
  }

  /** Releases those and says how many, and how many bytes, they were. Asked in their order. */
  discard(gone: (waiting: AnyMessage) => boolean): { messages: number; bytes: number } {
    const before = this.#bytes;
    // Somebody's own policy may throw while it is asked: then nothing is gone.
    const leaving = new Set(this.#messages.filter(gone));
    this.#messages = this.#messages.filter((waiting) => !leaving.has(waiting));
    for (const message of leaving) {
      this.#weigh(message, -1);
      message.release();
    }
    return { messages: leaving.size, bytes: before - this.#bytes };
  }

  #weigh({ payloadBytes }: AnyMessage, sign: 1 | -1): void {
    this.#bytes += sign * payloadBytes;
    if (payloadBytes > 0) this.#payloads += sign;
  }

  #makeRoomFor(type: MessageType): void {
    if (superseding.has(type)) this.discard((waiting) => waiting.type === type);
    if (type !== 'start' && type !== 'stop') return;
    const gone = toldByLater(this.#messages, type);
    if (gone.size > 0) this.discard((waiting) => gone.has(waiting));
  }
}

/**
 * Starts and stops that say nothing more once one of this type follows: of a
 * stream that ended and began again with no payload in between, the last stop
 * and the last start are the whole story.
 */
function toldByLater(waiting: readonly AnyMessage[], arriving: MessageType): Set<AnyMessage | null> {
  const gone = new Set<AnyMessage | null>();
  let stop: AnyMessage | null = null;
  let start: AnyMessage | null = null;
  let stopAfter: AnyMessage | null = null;
  const follow = (type: MessageType, message: AnyMessage | null) => {
    if (type === 'start') {
      gone.add(start);
      if (stopAfter) gone.add(stop);
      stop = stopAfter ?? stop;
      stopAfter = null;
      start = message;
    } else if (start) {
      gone.add(stopAfter);
      stopAfter = message;
    } else {
      gone.add(stop);
      stop = message;
    }
  };
  for (const message of waiting) {
    if (message.payloadBytes > 0) {
      stop = null;
      start = null;
      stopAfter = null;
    } else if (message.type === 'start' || message.type === 'stop') {
      follow(message.type, message);
    }
  }
  follow(arriving, null);
  gone.delete(null);
  return gone;
}
