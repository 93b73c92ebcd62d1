/** What is told of a session. */

import type { ThrottleMode } from './throttle.js';

/** Ways out whose viewers are sessions: pictures and the API's own answers are over before anybody could look. */
export const sessionKinds = ['rtsp', 'mjpeg', 'ts', 'mp4', 'ws', 'shmsink', 'analysis'] as const;
export type SessionKind = (typeof sessionKinds)[number];

export const sessionStates = ['created', 'active', 'idle', 'error', 'disconnected'] as const;
export type SessionState = (typeof sessionStates)[number];

/** Why a session ended; docs/sessions.md has what each means. */
export const endReasons = [
  'left',
  'dismissed',
  'idle',
  'slow',
  'lagged',
  'stream-gone',
  'format-changed',
  'failed',
  'closing',
] as const;
export type EndReason = (typeof endReasons)[number];

/** Something went wrong, on the viewer's side or on ours. */
const faulty: ReadonlySet<EndReason> = new Set(['slow', 'lagged', 'failed']);

export function isFault(reason: EndReason): boolean {
  return faulty.has(reason);
}

/** Who watches what. */
export interface Viewer {
  kind: SessionKind;
  camera: string;
  stream: string;
  /** `ADDRESS:PORT`, or `pid N` of a program on this machine. */
  client: string;
  /** RTSP's `udp`, `tcp`, `http` or `multicast`; else null. */
  transport: string | null;
}

/** Times are ISO 8601. */
export interface SessionFacts extends Viewer {
  id: string;
  state: SessionState;
  /** Null until it is to end. */
  reason: EndReason | null;
  since: string;
  endedAt: string | null;
  durationMs: number;
  /** That the kernel took; over UDP, that were sent. */
  bytes: number;
  frames: number;
  /** Of the last two seconds; of a session that ended, of all its life. */
  bitrateBps: number;
  framerate: number;
  /** Capture to the network, of the newest frame; null before the first. */
  frameAgeMs: number | null;
  /** Frames that it was too slow for. */
  dropped: number;
  /** Handed to the socket and not taken by the kernel yet. */
  waitingBytes: number;
  /** How long writes have waited, all together. */
  blockedMs: number;
  throttle: ThrottleMode;
  /** How long the throttle has kept frames waiting, all together. */
  heldMs: number;
}
