import { TeecamError } from '../base/error.js';
import type { Viewer } from './facts.js';
import type { ThrottleRules } from './throttle.js';

export interface SessionLimits {
  /** Viewers at the same time: of one stream, of one camera, of all cameras. */
  stream: number;
  camera: number;
  all: number;
  /** A session that takes nothing for so long is ended. */
  idleMs: number;
  /** So is one whose client lets a write wait for so long. */
  blockedMs: number;
  /** Bytes that may wait in the socket of one client over HTTP. */
  backlogBytes: number;
  /** Of ways out that keep what came before. */
  throttle: ThrottleRules;
}

export const limitNames = ['stream', 'camera', 'all'] as const;
export type LimitName = (typeof limitNames)[number];

/** When a client that was turned away may try again. */
const RETRY_AFTER_S = 10;

/** Viewers by place: a stream's is `CAM/STREAM`, a camera's `CAM`, that of all the empty text. */
export class Places {
  readonly #taken = new Map<string, number>();

  /** A viewer comes (1) or goes (-1). */
  count({ camera, stream }: Pick<Viewer, 'camera' | 'stream'>, step: 1 | -1): void {
    for (const place of Object.values(placesOf(camera, stream))) {
      const taken = this.taken(place) + step;
      if (taken > 0) this.#taken.set(place, taken);
      else this.#taken.delete(place);
    }
  }

  taken(place: string): number {
    return this.#taken.get(place) ?? 0;
  }
}

export function placesOf(camera: string, stream: string): Record<LimitName, string> {
  return { stream: `${camera}/${stream}`, camera, all: '' };
}

/** Which limit holds for a place. */
export function limitOf(place: string): LimitName {
  if (place === '') return 'all';
  return place.includes('/') ? 'stream' : 'camera';
}

/** The first limit that leaves no room for one more; null: there is room. */
export function reached(
  { camera, stream }: Pick<Viewer, 'camera' | 'stream'>,
  places: Places,
  limits: SessionLimits,
): LimitName | null {
  const keys = placesOf(camera, stream);
  return limitNames.find((name) => places.taken(keys[name]) >= limits[name]) ?? null;
}

/** `full`, for whoever asked. */
export function refusal(
  { camera, stream }: Pick<Viewer, 'camera' | 'stream'>,
  limit: LimitName,
  limits: SessionLimits,
): TeecamError {
  const where = { stream: `${camera}/${stream} has`, camera: `camera ${camera} has`, all: 'there are' };
  const message = `${where[limit]} as many viewers as may be: ${limits[limit]} (limits.sessions.${limit})`;
  return new TeecamError('full', message, { expose: true, details: { limit, retryAfterS: RETRY_AFTER_S } });
}
