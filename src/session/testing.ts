/** Viewers that tests let in, and limits that none of them reaches. */
import type { SessionLimits } from './limits.js';
import type { SessionRequest } from './session.js';

export const amplyLimited: SessionLimits = {
  stream: 1000,
  camera: 1000,
  all: 1000,
  idleMs: 300_000,
  blockedMs: 30_000,
  backlogBytes: 256_000,
  throttle: { mode: 'disabled', bitrateBps: null, burstMs: 0 },
};

export function viewer(changes: Partial<SessionRequest> = {}): SessionRequest {
  return {
    kind: 'mjpeg',
    camera: 'front',
    stream: 'low',
    client: '127.0.0.1:40000',
    transport: null,
    end: () => {},
    ...changes,
  };
}
