/** A target that stores: messages wait, bounded in bytes of payload, until a consumer asks for them. */
import { type Clock, systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { RejectFilter } from './filter.js';
import type { AnyMessage } from './message.js';
import { type OverflowName, type OverflowPolicy, overflowPolicy } from './overflow.js';
import type { Target } from './target.js';
import { WaitingLine } from './waiting-line.js';

export interface QueueOptions {
  /** Bytes of payload that may wait; control messages weigh nothing. */
  maxBytes: number;
  overflow: OverflowName | OverflowPolicy;
  /** Nearly full, or losing messages. At most once a second. */
  onPressure?: (pressure: QueuePressure) => void;
  clock?: Clock;
}

export interface QueuePressure {
  overflow: string;
  bytes: number;
  maxBytes: number;
  /** Messages lost since the queue began. */
  dropped: number;
}

const nearlyFull = 0.9;
const warnEveryMs = 1000;

export class MessageQueue implements Target {
  readonly rejects: RejectFilter;
  readonly #maxBytes: number;
  readonly #policy: OverflowPolicy;
  readonly #clock: Clock;
  readonly #onPressure: ((pressure: QueuePressure) => void) | undefined;
  readonly #line = new WaitingLine();
  #dropped = 0;
  #droppedBytes = 0;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #ended = false;
  #wake: (() => void) | null = null;

  /** Throws `bad-request` when `maxBytes` is no bound. */
  constructor(rejects: RejectFilter, options: QueueOptions) {
    const { maxBytes } = options;
    if (!(maxBytes > 0)) {
      throw new TeecamError('bad-request', `a queue's maxBytes must be above 0, and not ${maxBytes}`);
    }
    this.rejects = rejects;
    this.#maxBytes = maxBytes;
    this.#policy = overflowPolicy(options.overflow);
    this.#clock = options.clock ?? systemClock;
    this.#onPressure = options.onPressure;
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
      this.#line.push(message);
    }
    this.#wake?.();
  }

  /** Takes the oldest message out, or null. */
  shift(): AnyMessage | null {
    return this.#line.shift();
  }

  /** Resolves when there is a message, or none will come. One consumer at a time. */
  async ready(): Promise<void> {
    if (this.#line.length > 0 || this.#ended) return;
    if (this.#wake) throw new TeecamError('bad-request', 'a queue has one consumer');
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** Nothing more is taken; what waits is released. */
  close(): void {
    this.#ended = true;
    this.#line.discard(() => true);
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

  /** Bytes of payload that wait. */
  get bytes(): number {
    return this.#line.bytes;
  }

  /** From 0 to 1; above it for a single message that is larger than the bound. */
  get fill(): number {
    return this.#line.bytes / this.#maxBytes;
  }

  /** The most bytes that ever waited. */
  get highWaterBytes(): number {
    return this.#line.highWaterBytes;
  }

  info(): Record<string, unknown> {
    return {
      kind: 'queue',
      overflow: this.#policy.name,
      waiting: this.#line.length,
      payloads: this.#line.payloads,
      bytes: this.#line.bytes,
      maxBytes: this.#maxBytes,
      highWaterBytes: this.#line.highWaterBytes,
      dropped: this.#dropped,
      droppedBytes: this.#droppedBytes,
    };
  }

  #admit(message: AnyMessage): void {
    const { bytes, messages } = this.#line;
    const before = this.#dropped;
    const { take, discard } = this.#policy.decide(message, { maxBytes: this.#maxBytes, bytes, messages });
    if (discard) {
      const gone = this.#line.discard((waiting) => waiting.payloadBytes > 0 && discard(waiting));
      this.#countLoss(gone.messages, gone.bytes);
    }
    if (take) {
      this.#line.push(message);
    } else {
      this.#countLoss(1, message.payloadBytes);
      message.release();
    }
    if (this.#dropped > before || this.fill >= nearlyFull) this.#warn();
  }

  #countLoss(messages: number, bytes: number): void {
    this.#dropped += messages;
    this.#droppedBytes += bytes;
  }

  #warn(): void {
    const now = this.#clock.now();
    if (this.#policy.lossy || !this.#onPressure || now - this.#warnedMs < warnEveryMs) return;
    this.#warnedMs = now;
    const { name: overflow } = this.#policy;
    this.#onPressure({ overflow, bytes: this.bytes, maxBytes: this.#maxBytes, dropped: this.#dropped });
  }
}
