import { localTime } from './slate-svg.js';

/** When a camera that has failed is tried again. */
export interface Retry {
  inMs: number;
  /** And then again and again after the same time. */
  repeats: boolean;
}

/** What comes sooner is over before anybody has read it. */
const worthSayingMs = 5000;

/** For the slate; null: not worth saying. A wait that repeats is said so that the words need no renewal. */
export function retryWords({ inMs, repeats }: Retry, now: Date): string | null {
  if (inMs < worthSayingMs) return null;
  if (repeats) return `tried again every ${Math.round(inMs / 1000)} s`;
  return `next try at ${localTime(new Date(now.getTime() + inMs))}`;
}
