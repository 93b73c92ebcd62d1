import type { AnyMessage, MessageOf, MessageType } from './message.js';
import type { MessageQueue } from './queue.js';
import type { Connection } from './target.js';

/**
 * A pad's messages as an async iterable: `for await (using message of …)`, or
 * release each one by hand. Leaving the loop, `return()` or disposal
 * disconnects from the pad and releases what still waits. It ends when the pad
 * is closed.
 */
export class Subscription<T extends MessageType> implements AsyncIterableIterator<MessageOf<T>>, Disposable {
  readonly #queue: MessageQueue;
  readonly #connection: Connection;

  constructor(queue: MessageQueue, connection: Connection) {
    this.#queue = queue;
    this.#connection = connection;
  }

  /** Messages lost because this consumer was slow. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  async next(): Promise<IteratorResult<MessageOf<T>, undefined>> {
    await this.#queue.ready();
    const message: AnyMessage | null = this.#queue.shift();
    // The queue rejects every kind that T does not name.
    if (message) return { done: false, value: message as MessageOf<T> };
    return { done: true, value: undefined };
  }

  close(): void {
    this.#connection.disconnect();
    this.#queue.close();
  }

  return(): Promise<IteratorResult<MessageOf<T>, undefined>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
