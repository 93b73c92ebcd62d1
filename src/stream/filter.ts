/** Reject filters: a bit for each kind of message, set for what a target does not want. */
import { TeecamError } from '../base/error.js';
import { type MessageType, messageTypes } from './message.js';

export type RejectFilter = number;

const bits = new Map<MessageType, number>(messageTypes.map((type, index) => [type, 1 << index]));

/** Throws `bad-request` for a kind that there is none of. */
export function bitOf(type: MessageType): number {
  const bit = bits.get(type);
  if (bit !== undefined) return bit;
  throw new TeecamError(
    'bad-request',
    `a message is of one of the kinds ${messageTypes.join(', ')}; found "${type}"`,
  );
}

/** All bits set: nobody wants anything, which is what a pad without targets says. */
export const REJECT_ALL: RejectFilter = (1 << messageTypes.length) - 1;
export const ACCEPT_ALL: RejectFilter = 0;

export function rejecting(...types: readonly MessageType[]): RejectFilter {
  return types.reduce((filter, type) => filter | bitOf(type), ACCEPT_ALL);
}

export function accepting(...types: readonly MessageType[]): RejectFilter {
  return REJECT_ALL & ~rejecting(...types);
}

export function rejects(filter: RejectFilter, type: MessageType): boolean {
  return (filter & bitOf(type)) !== 0;
}
