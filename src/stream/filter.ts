/** Reject filters: a bit for each kind of message, set for what a target does not want. */
import { type MessageType, messageTypes } from './message.js';

export type RejectFilter = number;

const bits = new Map<MessageType, number>(messageTypes.map((type, index) => [type, 1 << index]));

export function bitOf(type: MessageType): number {
  return bits.get(type) ?? 0;
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
