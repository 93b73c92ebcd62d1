/** What a full queue does. A policy sees every message with a payload before it is queued. */
import { TeecamError } from '../base/error.js';
import type { AnyMessage } from './message.js';

export interface WaitingMessages {
  readonly maxBytes: number;
  /** Of payloads that wait. */
  readonly bytes: number;
  readonly messages: readonly AnyMessage[];
}

export interface OverflowVerdict {
  /** Whether the arriving message is queued. */
  take: boolean;
  /** Which of those with a payload that wait are dropped; asked in their order. */
  discard?: (waiting: AnyMessage) => boolean;
}

/** One instance serves one queue, so that a policy may remember where a group of pictures was broken. */
export interface OverflowPolicy {
  readonly name: string;
  /** Losing messages is its way of life: no warning is due. */
  readonly lossy?: boolean;
  decide(arriving: AnyMessage, waiting: WaitingMessages): OverflowVerdict;
}

function fits(arriving: AnyMessage, { bytes, maxBytes }: WaitingMessages): boolean {
  // An empty queue takes a message of any size: a frame above the bound would otherwise never arrive.
  return bytes === 0 || bytes + arriving.payloadBytes <= maxBytes;
}

/** The first of those that wait, up to so many bytes or a little more. */
function oldest(bytes: number): (waiting: AnyMessage) => boolean {
  let left = bytes;
  return (waiting) => {
    if (left <= 0) return false;
    left -= waiting.payloadBytes;
    return true;
  };
}

/** Only the newest waits; for pictures. */
const newest: OverflowPolicy = {
  name: 'newest',
  lossy: true,
  decide: () => ({ take: true, discard: () => true }),
};

/** What waits stays; what arrives while there is no room is lost. */
const dropNewest: OverflowPolicy = {
  name: 'drop-newest',
  decide: (arriving, waiting) => ({ take: fits(arriving, waiting) }),
};

/** What arrives is taken, and the oldest make room. */
const dropOldest: OverflowPolicy = {
  name: 'drop-oldest',
  decide(arriving, waiting) {
    if (fits(arriving, waiting)) return { take: true };
    return { take: true, discard: oldest(waiting.bytes + arriving.payloadBytes - waiting.maxBytes) };
  },
};

/**
 * For frames that need one another: what is lost is always the rest of a group
 * of pictures, up to a key frame. If a later key frame waits, the line goes on
 * from there; if not, what arrives is lost until the next one comes.
 */
class DropToKeyFrame implements OverflowPolicy {
  readonly name = 'drop-to-key-frame';
  /** The group that is arriving has lost a frame. */
  #broken = false;

  decide(arriving: AnyMessage, waiting: WaitingMessages): OverflowVerdict {
    const key = startsGroup(arriving);
    if (this.#broken && !key) return { take: false };
    this.#broken = false;
    if (fits(arriving, waiting)) return { take: true };
    const bytes = bytesBeforeKey(arriving, waiting);
    // A frame whose group is gone cannot be understood; a key frame needs nobody.
    if (key || bytes < waiting.bytes) return { take: true, discard: oldest(bytes) };
    this.#broken = true;
    return { take: false };
  }
}

/** What is not a frame stands for itself. */
function startsGroup(message: AnyMessage): boolean {
  return message.type !== 'packet' || message.data.frameType === 'key';
}

/** Bytes ahead of the first key frame that leaves room for the arriving message; all there are when none does. */
function bytesBeforeKey(arriving: AnyMessage, { bytes, maxBytes, messages }: WaitingMessages): number {
  const excess = bytes + arriving.payloadBytes - maxBytes;
  let before = 0;
  for (const message of messages) {
    if (message.payloadBytes === 0) continue;
    if (before >= excess && startsGroup(message)) return before;
    before += message.payloadBytes;
  }
  return bytes;
}

const policies = {
  newest: () => newest,
  'drop-newest': () => dropNewest,
  'drop-oldest': () => dropOldest,
  'drop-to-key-frame': () => new DropToKeyFrame(),
} satisfies Record<string, () => OverflowPolicy>;
export type OverflowName = keyof typeof policies;
export const overflowNames = Object.keys(policies) as readonly OverflowName[];

/** Throws `bad-request` for a name that no policy has. */
export function overflowPolicy(policy: OverflowName | OverflowPolicy): OverflowPolicy {
  if (typeof policy !== 'string') return policy;
  if (overflowNames.includes(policy)) return policies[policy]();
  throw new TeecamError(
    'bad-request',
    `a queue's overflow is one of ${overflowNames.join(', ')}, or an object; found "${policy}"`,
  );
}
