import type { Link } from './link.js';
import type { MessageOf, MessageType } from './message.js';
import type { MessageQueue } from './queue.js';
import type { Connection } from './target.js';

export type ConsumerCall<T extends MessageType> = (message: MessageOf<T>) => void | Promise<void>;

/** Calls with one message of a queue after the other, as fast as the call lets it. */
export class Consumer<T extends MessageType> implements Connection {
  readonly #queue: MessageQueue;
  readonly #link: Link;
  readonly #call: ConsumerCall<T>;

  constructor(queue: MessageQueue, link: Link, call: ConsumerCall<T>) {
    this.#queue = queue;
    this.#link = link;
    this.#call = call;
    void this.#run();
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  disconnect(): void {
    this.#link.disconnect();
    this.#queue.close();
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#queue.ready();
      using message = this.#queue.shift();
      if (!message) return;
      try {
        // The queue rejects every kind that T does not name.
        await this.#call(message as MessageOf<T>);
      } catch (error) {
        this.#link.report(error);
      }
    }
  }
}
