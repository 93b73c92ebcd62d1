/** A target that stores: messages wait, bounded in bytes of payload, until a consumer asks for them. */
import type { RejectFilter } from './filter.js';
import type { AnyMessage, MessageType } from './message.js';
import { type OverflowName, type OverflowPolicy, overflowPolicy } from './overflow.js';
import type { Target } from './target.js';

export interface QueueOptions {
  /** Bytes of payload that may wait; control messages weigh nothing. */
  maxBytes: number;
  overflow: OverflowName | OverflowPolicy;
}

/** Of these only the newest of its kind is worth waiting for, so they cannot pile up before a consumer that sleeps. */
const superseding: ReadonlySet<MessageType> = new Set(['serviceStatus', 'signalStatus', 'timeshiftStatus']);

export class MessageQueue implements Target {
  readonly rejects: RejectFilter;
  readonly #maxBytes: number;
  readonly #policy: OverflowPolicy;
  #messages: AnyMessage[] = [];
  #bytes = 0;
  #dropped = 0;
  #ended = false;
  #wake: (() => void) | null = null;

  constructor(rejects: RejectFilter, options: QueueOptions) {
    this.rejects = rejects;
    this.#maxBytes = options.maxBytes;
    this.#policy = overflowPolicy(options.overflow);
  }

  deliver(message: AnyMessage): void {
    if (this.#ended) {
      message.release();
      return;
    }
    if (message.type === 'exit') {
      message.release();
      this.#ended = true;
    } else if (message.payloadBytes > 0) {
      this.#admit(message);
    } else {
      if (superseding.has(message.type)) this.#discard((waiting) => waiting.type === message.type);
      this.#messages.push(message);
    }
    this.#wake?.();
  }

  /** Takes the oldest message out, or null. */
  shift(): AnyMessage | null {
    const message = this.#messages.shift();
    if (!message) return null;
    this.#bytes -= message.payloadBytes;
    return message;
  }

  /** Resolves when there is a message, or none will come. One consumer at a time. */
  async ready(): Promise<void> {
    if (this.#messages.length > 0 || this.#ended) return;
    if (this.#wake) throw new Error('a queue has one consumer');
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** Nothing more is taken; what waits is released. */
  close(): void {
    this.#ended = true;
    this.#discard(() => true);
    this.#wake?.();
  }

  /** No message will come after those that wait. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Messages lost to the bound. */
  get dropped(): number {
    return this.#dropped;
  }

  info(): Record<string, unknown> {
    return {
      kind: 'queue',
      overflow: this.#policy.name,
      waiting: this.#messages.length,
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      dropped: this.#dropped,
    };
  }

  #admit(message: AnyMessage): void {
    const verdict = this.#policy.decide(message, {
      maxBytes: this.#maxBytes,
      bytes: this.#bytes,
      messages: this.#messages,
    });
    const { discard } = verdict;
    if (discard) {
      this.#dropped += this.#discard((waiting) => waiting.payloadBytes > 0 && discard(waiting));
    }
    if (verdict.take) {
      this.#messages.push(message);
      this.#bytes += message.payloadBytes;
    } else {
      this.#dropped += 1;
      message.release();
    }
  }

  #discard(gone: (waiting: AnyMessage) => boolean): number {
    const before = this.#messages.length;
    this.#messages = this.#messages.filter((waiting) => {
      if (!gone(waiting)) return true;
      this.#bytes -= waiting.payloadBytes;
      waiting.release();
      return false;
    });
    return before - this.#messages.length;
  }
}
