/**
 * What travels from a pad to its targets. A message belongs to whoever holds
 * it: a target that receives one must release it (`using`, or `release()`), and
 * a clone is a message of its own. Clones share what they carry by reference
 * count; it must not be written to, nor touched after the release.
 */
import type { MessageData, MessageType, Packet } from './message-data.js';

export { type StopCode, serviceStatus, stopCodes } from './codes.js';
export * from './message-data.js';

/** What several clones of a message hold together. */
interface Shared {
  references: number;
  readonly onFree: (() => void) | undefined;
}

let held = 0;
let leaked = 0;
// The net below: a message that was forgotten still gives its share back, and is counted.
const forgotten = new FinalizationRegistry<Shared>((shared) => {
  leaked += 1;
  drop(shared);
});

function drop(shared: Shared): void {
  held -= 1;
  shared.references -= 1;
  if (shared.references === 0) shared.onFree?.();
}

/** Messages, clones counted each, that nobody has released yet. */
export function heldMessages(): number {
  return held;
}

/** Messages that the garbage collector found before anybody released them: each one is a bug of its holder. */
export function leakedMessages(): number {
  return leaked;
}

export class Message<T extends MessageType> implements Disposable {
  readonly type: T;
  /** Name of the pad that delivered it last; empty before. */
  origin: string;
  readonly #data: MessageData[T];
  #shared: Shared | null;

  private constructor(type: T, data: MessageData[T], shared: Shared, origin: string) {
    this.type = type;
    this.origin = origin;
    this.#data = data;
    this.#shared = shared;
    held += 1;
    forgotten.register(this, shared, this);
  }

  /** `onFree` runs once, when the message and all its clones are released: here a frame goes back to its pool. */
  static create<T extends MessageType>(type: T, data: MessageData[T], onFree?: () => void): Message<T> {
    return new Message(type, data, { references: 1, onFree }, '');
  }

  /** Throws after the release: what it held may already be another frame. */
  get data(): MessageData[T] {
    if (!this.#shared) throw new Error(`a released ${this.type} message was used`);
    return this.#data;
  }

  get released(): boolean {
    return this.#shared === null;
  }

  /** Bytes of payload; what queues are bounded by. Control messages weigh nothing. */
  get payloadBytes(): number {
    const data: unknown = this.#data;
    if (this.type === 'packet') return (data as Packet).payload.byteLength;
    if (this.type === 'mpegts') return (data as Uint8Array).byteLength;
    return 0;
  }

  clone(): Message<T> {
    if (!this.#shared) throw new Error(`a released ${this.type} message was cloned`);
    this.#shared.references += 1;
    return new Message(this.type, this.#data, this.#shared, this.origin);
  }

  /** Once is enough, more does no harm: `using` and an early release go together. */
  release(): void {
    const shared = this.#shared;
    if (!shared) return;
    this.#shared = null;
    forgotten.unregister(this);
    drop(shared);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** A message of one of these kinds; `message.type` tells which and narrows `message.data`. */
export type MessageOf<T extends MessageType> = { [K in T]: Message<K> }[T];
export type AnyMessage = MessageOf<MessageType>;
