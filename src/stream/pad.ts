/**
 * A stream's publisher: gives each message to every connected target that wants
 * its kind. It knows nothing of where messages come from; a feed does that, and
 * is opened while there is a target. docs/pads.md has the rules, by number.
 */
import { type Clock, systemClock } from '../base/clock.js';
import { Consumer, type ConsumerCall } from './consumer.js';
import type { PadFeed, PadInlet } from './feed.js';
import { accepting, bitOf, REJECT_ALL, type RejectFilter, rejects } from './filter.js';
import { Link, type LinkOwner } from './link.js';
import { type AnyMessage, Message, type MessageType, type StopCode, stopCodes } from './message.js';
import { MessageQueue, type QueueOptions, type QueuePressure } from './queue.js';
import { StandingMessages } from './standing.js';
import { Subscription } from './subscription.js';
import type { Connection, Target, TargetFailure } from './target.js';

export interface PadOptions {
  /** `CAM/STREAM`. */
  name: string;
  feed?: PadFeed;
  /** Must not throw. At most once a second for each target. */
  onTargetFailure: (failure: TargetFailure) => void;
  /** A subscription's queue is nearly full, or loses messages. At most once a second for each. */
  onQueuePressure?: (pad: string, pressure: QueuePressure) => void;
  /**
   * Keeps the newest packet that can be understood alone, for `latest()`.
   * Costs one frame of memory while there are targets.
   */
  keepLatest?: boolean;
  clock?: Clock;
}

export interface SubscribeOptions<T extends MessageType> {
  accept: readonly T[];
  queue: Pick<QueueOptions, 'maxBytes' | 'overflow'>;
}

export class Pad implements PadInlet {
  readonly name: string;
  readonly #options: PadOptions;
  readonly #clock: Clock;
  readonly #owner: LinkOwner;
  // Replaced, never changed in place: a delivery goes on over the list it began with.
  #links: readonly Link[] = [];
  #filter: RejectFilter = REJECT_ALL;
  readonly #standing = new StandingMessages();
  #latest: Message<'packet'> | null = null;
  #delivering = false;
  /** Given while another was being delivered. */
  #pending: AnyMessage[] = [];
  #restart: string | null = null;
  #delivered = 0;
  #closed = false;

  constructor(options: PadOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#owner = {
      name: options.name,
      clock: this.#clock,
      onTargetFailure: options.onTargetFailure,
      unlink: (link) => this.#unlink(link),
    };
  }

  get targetCount(): number {
    return this.#links.length;
  }

  /** Kinds that no target wants. */
  get rejectFilter(): RejectFilter {
    return this.#filter;
  }

  probe(type: MessageType): boolean {
    return !rejects(this.#filter, type);
  }

  /** A target that comes while the stream runs is told first what holds: its start, its status. */
  connect(target: Target): Connection {
    return this.#attach(target);
  }

  /** Messages as an async iterable, behind a queue. */
  subscribe<T extends MessageType>(options: SubscribeOptions<T>): Subscription<T> {
    const queue = this.#queue(options);
    return new Subscription<T>(queue, this.connect(queue));
  }

  /**
   * Messages one at a time, behind a queue: the next one comes when `call` has
   * returned, and its promise settled. Each is released for it then; `clone()` what is to be kept.
   */
  consume<T extends MessageType>(options: SubscribeOptions<T>, call: ConsumerCall<T>): Connection {
    const queue = this.#queue(options);
    const link = this.#attach(queue);
    return new Consumer(queue, link, call);
  }

  /** Takes the message over: all but the last target that wants it get a clone, the last one the original. */
  deliver(message: AnyMessage): void {
    if (this.#closed) message.release();
    else this.#post(message);
  }

  restart(reason: string): void {
    this.#restart = reason;
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
    this.#post(Message.create('stop', { code, reason }));
    this.#post(Message.create('exit', null));
  }

  info(): Record<string, unknown> {
    const targets = this.#links.map((link) => link.info());
    return { pad: this.name, delivered: this.#delivered, targets };
  }

  #attach(target: Target): Link {
    if (this.#closed) throw new Error(`the pad of ${this.name} is closed`);
    if (this.#links.some((link) => link.target === target)) {
      throw new Error(`this target is already connected to the pad of ${this.name}`);
    }
    const link = new Link(this.#owner, target);
    this.#replaceLinks([...this.#links, link]);
    if (this.#links.length === 1) this.#openFeed();
    else this.#tellStanding(link);
    return link;
  }

  #queue({ accept, queue }: SubscribeOptions<MessageType>): MessageQueue {
    return new MessageQueue(accepting(...accept, 'exit'), {
      ...queue,
      clock: this.#clock,
      onPressure: (pressure) => this.#options.onQueuePressure?.(this.name, pressure),
    });
  }

  #openFeed(): void {
    try {
      this.#options.feed?.open(this);
    } catch (error) {
      const refused = this.#links;
      this.#replaceLinks([]);
      for (const link of refused) link.padLeft();
      this.#forget();
      throw error;
    }
  }

  #tellStanding(link: Link): void {
    const within = this.#delivering;
    this.#delivering = true;
    try {
      for (const message of this.#standing.clones()) {
        if (link.connected && !rejects(link.rejects, message.type)) link.hand(message);
        else message.release();
      }
    } finally {
      this.#delivering = within;
    }
    this.#deliverPending();
  }

  /** In order for everybody: what a target delivers from within a delivery waits for the end of it. */
  #post(message: AnyMessage): void {
    this.#pending.push(message);
    this.#deliverPending();
  }

  #deliverPending(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#pending.shift(); next; next = this.#pending.shift()) {
        this.#honourRestart(next.type);
        const last = next.type === 'exit' && this.#closed;
        this.#distribute(next);
        if (last) for (const link of this.#links) link.disconnect();
      }
    } finally {
      this.#delivering = false;
    }
  }

  #honourRestart(before: MessageType): void {
    const reason = this.#restart;
    if (reason === null) return;
    this.#restart = null;
    // A start that comes now tells the same by itself, and nothing starts after an end.
    if (!this.#standing.started || before === 'start' || before === 'stop' || before === 'exit') return;
    const start = this.#options.feed?.describe();
    if (!start) return;
    this.#distribute(Message.create('stop', { code: stopCodes.sourceReconfigured, reason }));
    this.#distribute(Message.create('start', start));
  }

  #distribute(message: AnyMessage): void {
    this.#remember(message);
    this.#delivered += 1;
    const bit = bitOf(message.type);
    let taker: Link | null = null;
    for (const link of this.#links) {
      if ((link.rejects & bit) !== 0) continue;
      if (taker?.connected) taker.hand(message.clone());
      taker = link;
    }
    if (taker?.connected) taker.hand(message);
    else message.release();
  }

  #unlink(link: Link): void {
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
    this.#standing.see(message);
    if (message.type === 'start' || message.type === 'stop') {
      this.#latest?.release();
      this.#latest = null;
    } else if (message.type === 'packet' && this.#options.keepLatest && message.data.frameType === 'key') {
      this.#latest?.release();
      this.#latest = message.clone();
    }
  }

  /** Nobody is connected: what holds now need not hold when somebody comes. */
  #forget(): void {
    this.#standing.forget();
    this.#latest?.release();
    this.#latest = null;
    this.#restart = null;
    for (const message of this.#pending.splice(0)) message.release();
  }
}
