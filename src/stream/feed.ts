import type { AnyMessage, MessageType, StartInfo } from './message.js';

/** A pad as its feed sees it. */
export interface PadInlet {
  /** Takes the message over. */
  deliver(message: AnyMessage): void;
  /** Does anybody want this kind? Ask before making a message that costs something. */
  probe(type: MessageType): boolean;
  /** The stream has become another one: told before the next message that is delivered. */
  restart(reason: string): void;
}

/** Where a pad's messages come from. Open between the first target's coming and the last one's leaving. */
export interface PadFeed {
  /**
   * May deliver at once, as the last thing it does: the target may leave, and
   * close this feed, meanwhile. If it throws, the connection is refused with the
   * same error.
   */
  open(pad: PadInlet): void;
  close(): void;
  /** What a `start` says now; null while nothing is known. Asked for when a restart is due. */
  describe(): StartInfo | null;
}
