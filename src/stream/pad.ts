/**
 * A stream's publisher: gives each message to every connected target that wants
 * its kind. It knows nothing of where messages come from; a feed does that, and
 * is opened while there is a target.
 */
import { accepting, bitOf, REJECT_ALL, type RejectFilter, rejects } from './filter.js';
import { type AnyMessage, Message, type MessageOf, type MessageType, type StopCode } from './message.js';
import { MessageQueue, type QueueOptions } from './queue.js';
import { Subscription } from './subscription.js';
import type { Connection, Target, TargetFailure } from './target.js';

/** Where a pad's messages come from. Open between the first target's coming and the last one's leaving. */
export interface PadFeed {
  /** May deliver at once. If it throws, the connection is refused with the same error. */
  open(): void;
  close(): void;
}

export interface PadOptions {
  /** `CAM/STREAM`. */
  name: string;
  feed?: PadFeed;
  onTargetFailure: (failure: TargetFailure) => void;
  /**
   * Keeps the newest packet that can be understood alone, for `latest()`.
   * Costs one frame of memory while there are targets.
   */
  keepLatest?: boolean;
}

export interface SubscribeOptions<T extends MessageType> {
  accept: readonly T[];
  queue: QueueOptions;
}

interface Link {
  readonly target: Target;
  readonly rejects: RejectFilter;
  connected: boolean;
}

export class Pad {
  readonly name: string;
  readonly #options: PadOptions;
  // Replaced, never changed in place: a delivery goes on over the list it began with.
  #links: readonly Link[] = [];
  #filter: RejectFilter = REJECT_ALL;
  #start: Message<'start'> | null = null;
  #latest: Message<'packet'> | null = null;
  #delivered = 0;
  #failures = 0;
  #closed = false;

  constructor(options: PadOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get targetCount(): number {
    return this.#links.length;
  }

  /** Kinds that no target wants. */
  get rejectFilter(): RejectFilter {
    return this.#filter;
  }

  /** Does anybody want this kind? Ask before making a message that costs something. */
  probe(type: MessageType): boolean {
    return !rejects(this.#filter, type);
  }

  /** A target that comes while the stream runs is told its `start` first. */
  connect(target: Target): Connection {
    if (this.#closed) throw new Error(`the pad of ${this.name} is closed`);
    if (this.#links.some((link) => link.target === target)) {
      throw new Error(`this target is already connected to the pad of ${this.name}`);
    }
    const link: Link = { target, rejects: target.rejects, connected: true };
    this.#replaceLinks([...this.#links, link]);
    if (this.#links.length === 1) this.#openFeed(link);
    else if (this.#start && !rejects(link.rejects, 'start')) this.#hand(link, this.#start.clone());

    const disconnect = () => this.#disconnect(link);
    return {
      get connected() {
        return link.connected;
      },
      disconnect,
      [Symbol.dispose]: disconnect,
    };
  }

  subscribe<T extends MessageType>(options: SubscribeOptions<T>): Subscription<T> {
    const queue = new MessageQueue(accepting(...options.accept, 'exit'), options.queue);
    return new Subscription<T>(queue, this.connect(queue));
  }

  /** Takes the message over: all but the last target that wants it get a clone, the last one the original. */
  deliver(message: AnyMessage): void {
    this.#remember(message);
    this.#delivered += 1;
    const bit = bitOf(message.type);
    let pending: Link | null = null;
    for (const link of this.#links) {
      if ((link.rejects & bit) !== 0) continue;
      if (pending?.connected) this.#hand(pending, message.clone());
      pending = link;
    }
    if (pending?.connected) this.#hand(pending, message);
    else message.release();
  }

  /**
   * A clone of the newest packet, which the caller releases; null when there is
   * none yet, or nobody is connected. Whether it is fresh enough is the caller's to say.
   */
  latest(): Message<'packet'> | null {
    return this.#latest?.clone() ?? null;
  }

  /** Tells every target the stream's end, with its reason, and lets go of them. */
  close(code: StopCode, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deliver(Message.create('stop', { code, reason }));
    this.deliver(Message.create('exit', null));
    for (const link of this.#links) this.#disconnect(link);
  }

  info(): Record<string, unknown> {
    return {
      pad: this.name,
      delivered: this.#delivered,
      failures: this.#failures,
      targets: this.#links.map((link) => infoOf(link.target)),
    };
  }

  #openFeed(first: Link): void {
    try {
      this.#options.feed?.open();
    } catch (error) {
      first.connected = false;
      this.#replaceLinks(this.#links.filter((link) => link !== first));
      throw error;
    }
  }

  #disconnect(link: Link): void {
    if (!link.connected) return;
    link.connected = false;
    this.#replaceLinks(this.#links.filter((other) => other !== link));
    if (this.#links.length > 0) return;
    this.#forget();
    this.#options.feed?.close();
  }

  #replaceLinks(links: readonly Link[]): void {
    this.#links = links;
    this.#filter = links.reduce((filter, link) => filter & link.rejects, REJECT_ALL);
  }

  #remember(message: AnyMessage): void {
    if (this.#links.length === 0) return;
    if (message.type === 'start') {
      this.#forget();
      this.#start = message.clone();
    } else if (message.type === 'stop') {
      this.#forget();
    } else if (message.type === 'packet' && this.#options.keepLatest && message.data.frameType === 'key') {
      this.#latest?.release();
      this.#latest = message.clone();
    }
  }

  #forget(): void {
    this.#start?.release();
    this.#start = null;
    this.#latest?.release();
    this.#latest = null;
  }

  #hand(link: Link, message: MessageOf<MessageType>): void {
    const failed = (error: unknown) => {
      message.release();
      this.#failures += 1;
      this.#options.onTargetFailure({ pad: this.name, target: infoOf(link.target), error });
    };
    try {
      const result = link.target.deliver(message);
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

function infoOf(target: Target): Record<string, unknown> {
  try {
    return target.info?.() ?? { kind: 'target' };
  } catch (error) {
    return { kind: 'target', infoFailed: String(error) };
  }
}
