/** What a full queue does. A policy sees every message with a payload before it is queued. */
import type { AnyMessage } from './message.js';

export interface WaitingMessages {
  readonly maxBytes: number;
  readonly bytes: number;
  readonly messages: readonly AnyMessage[];
}

export interface OverflowVerdict {
  /** Whether the arriving message is queued. */
  take: boolean;
  /** Which of those with a payload that wait are dropped. */
  discard?: (waiting: AnyMessage) => boolean;
}

/** One instance serves one queue, so that a policy may remember (where a group of pictures was broken, say). */
export interface OverflowPolicy {
  readonly name: string;
  decide(arriving: AnyMessage, waiting: WaitingMessages): OverflowVerdict;
}

function fits(arriving: AnyMessage, waiting: WaitingMessages): boolean {
  // An empty queue takes a message of any size: a frame above the bound would otherwise never arrive.
  return waiting.bytes === 0 || waiting.bytes + arriving.payloadBytes <= waiting.maxBytes;
}

const policies = {
  /** Only the newest waits; for pictures. */
  newest: (): OverflowPolicy => ({
    name: 'newest',
    decide: () => ({ take: true, discard: () => true }),
  }),
  /** What waits stays; what arrives while there is no room is lost. */
  'drop-newest': (): OverflowPolicy => ({
    name: 'drop-newest',
    decide: (arriving, waiting) => ({ take: fits(arriving, waiting) }),
  }),
};
export type OverflowName = keyof typeof policies;

export function overflowPolicy(policy: OverflowName | OverflowPolicy): OverflowPolicy {
  return typeof policy === 'string' ? policies[policy]() : policy;
}
