/** What a target must know that joins while a stream runs: the messages that still hold. */
import { type AnyMessage, Message, type MessageType, stopCodes } from './message.js';

/** Each supersedes the one before of its kind. */
const states: ReadonlySet<MessageType> = new Set(['serviceStatus', 'descrambleInfo', 'speed', 'grace']);

export class StandingMessages {
  /** In the order in which they came. */
  readonly #held = new Map<MessageType, AnyMessage>();

  /** Whether a start holds. */
  get started(): boolean {
    return this.#held.has('start');
  }

  /** Remembers a clone of what holds from now on, and forgets what it ends. */
  see(message: AnyMessage): void {
    if (message.type === 'descrambleInfo' && message.data === null) {
      this.#drop('descrambleInfo');
    } else if (states.has(message.type)) {
      this.#hold(message.clone());
    } else if (message.type === 'start') {
      this.#drop('grace', 'noStart', 'noStartWarning');
      this.#hold(message.clone());
    } else if (message.type === 'noStart' || message.type === 'noStartWarning') {
      this.#drop('grace', 'noStart', 'noStartWarning', 'start');
      this.#hold(message.clone());
    } else if (message.type === 'stop') {
      this.#drop('grace', 'noStart', 'noStartWarning', 'start', 'descrambleInfo', 'speed');
      const { code } = message.data;
      // A fault stays one for those who come later: without a word they would wait for ever.
      if (code !== stopCodes.ok && code !== stopCodes.sourceReconfigured) {
        this.#hold(Message.create('noStart', message.data));
      }
    }
  }

  /** For a target that has just come. All at once: what it does with the first may change what holds. */
  clones(): AnyMessage[] {
    return [...this.#held.values()].map((message) => message.clone());
  }

  forget(): void {
    this.#drop(...this.#held.keys());
  }

  #hold(message: AnyMessage): void {
    this.#drop(message.type);
    this.#held.set(message.type, message);
  }

  #drop(...types: readonly MessageType[]): void {
    for (const type of types) {
      this.#held.get(type)?.release();
      this.#held.delete(type);
    }
  }
}
