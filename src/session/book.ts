import { type Clock, systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { SessionFacts, SessionKind, Viewer } from './facts.js';
import { History } from './history.js';
import {
  type LimitName,
  limitNames,
  Places,
  placesOf,
  reached,
  refusal,
  type SessionLimits,
} from './limits.js';
import { Session, type SessionRequest } from './session.js';
import { type StreamTally, Tally, type Totals } from './tally.js';

/** What ended so many sessions ago is forgotten. */
export const HISTORY_BOUND = 200;

export type SessionEvent =
  | { event: 'opened'; session: SessionFacts }
  | { event: 'ended'; session: SessionFacts }
  | { event: 'refused'; viewer: Viewer; limit: LimitName };

export interface BookOptions {
  limits: SessionLimits;
  clock?: Clock;
  /** Milliseconds since 1970. */
  wallMs?: () => number;
  historyBound?: number;
  /** Told while it happens; must not throw. */
  onEvent?: (event: SessionEvent) => void;
}

export interface SessionFilter {
  camera?: string | undefined;
  stream?: string | undefined;
  kind?: SessionKind | undefined;
}

/** Every session there is, and those that were: who may come in, who has to go. */
export class SessionBook {
  /** Others hold from then on; nobody who is there is too many. */
  limits: SessionLimits;
  readonly #clock: Clock;
  readonly #wallMs: () => number;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #open = new Map<string, Session>();
  readonly #places = new Places();
  readonly #placesByKind = new Map<SessionKind, Places>();
  readonly #history: History;
  readonly #tally = new Tally();
  #lastId = 0;
  #closed = false;

  constructor({ limits, clock, wallMs, historyBound, onEvent }: BookOptions) {
    this.limits = limits;
    this.#clock = clock ?? systemClock;
    this.#wallMs = wallMs ?? Date.now;
    this.#history = new History(historyBound ?? HISTORY_BOUND);
    this.#onEvent = onEvent ?? (() => {});
  }

  /** Admits a viewer. Throws `full` where a limit is reached, `unavailable` after `close`. */
  open(request: SessionRequest): Session {
    if (this.#closed) throw new TeecamError('unavailable', 'the appliance is closing', { expose: true });
    const limit = reached(request, this.#places, this.limits);
    if (limit !== null) {
      this.refused(request, limit);
      throw refusal(request, limit, this.limits);
    }
    this.#lastId += 1;
    const session = new Session(request, {
      id: `s${this.#lastId}`,
      clock: this.#clock,
      wallMs: this.#wallMs,
      onClosed: (closed) => this.#closedOne(closed),
    });
    this.#open.set(session.id, session);
    this.#count(session.viewer, 1);
    this.#tally.opened(session.viewer);
    this.#onEvent({ event: 'opened', session: session.facts() });
    return session;
  }

  /** Somebody was turned away, here or by native code. */
  refused({ kind, camera, stream, client, transport }: Viewer, limit: LimitName): void {
    this.#tally.refused(limit);
    this.#onEvent({ event: 'refused', viewer: { kind, camera, stream, client, transport }, limit });
  }

  /** Of the limits that hold for a stream, how many viewers of this kind they leave room for, by place. */
  roomFor(kind: SessionKind, camera: string, stream: string): Record<string, number> {
    const places = placesOf(camera, stream);
    return Object.fromEntries(
      limitNames.map((name) => {
        const place = places[name];
        const others = this.#places.taken(place) - (this.#placesByKind.get(kind)?.taken(place) ?? 0);
        return [place, Math.max(0, this.limits[name] - others)];
      }),
    );
  }

  /** The newest first. */
  sessions(filter: SessionFilter = {}): SessionFacts[] {
    return [...this.#open.values()]
      .map((session) => session.facts())
      .filter((session) => fits(session, filter))
      .reverse();
  }

  /** Those that ended, the newest first. */
  ended(filter: SessionFilter = {}): SessionFacts[] {
    return this.#history.find((session) => fits(session, filter));
  }

  /** How many ended so long ago that nothing is known of them any more. */
  get forgotten(): number {
    return this.#history.forgotten;
  }

  /** Open or ended. */
  find(id: string): SessionFacts | undefined {
    return this.#open.get(id)?.facts() ?? this.#history.find((session) => session.id === id)[0];
  }

  /** Ends one, for whoever asked for it. False: there is none such, or not any more. */
  dismiss(id: string): boolean {
    const session = this.#open.get(id);
    session?.end('dismissed');
    return session !== undefined;
  }

  totals(): Totals {
    return this.#tally.totals(this.sessions());
  }

  tallies(): StreamTally[] {
    return this.#tally.streams(this.sessions());
  }

  get endedByKind(): Tally['endedByKind'] {
    return this.#tally.endedByKind;
  }

  /** Once a second: measures rates, and ends those whose client lets a write wait. */
  tick(): void {
    for (const session of [...this.#open.values()]) {
      session.sample();
      if (session.blockedForMs > this.limits.blockedMs) session.end('slow');
    }
  }

  /** Now and then: ends those that have taken nothing for long. */
  sweep(): void {
    for (const session of [...this.#open.values()]) {
      if (session.idleForMs > this.limits.idleMs) session.end('idle');
    }
  }

  /** Ends every session and admits none any more. */
  close(): void {
    this.#closed = true;
    for (const session of [...this.#open.values()]) session.end('closing');
  }

  #count(viewer: Viewer, step: 1 | -1): void {
    const ofKind = this.#placesByKind.get(viewer.kind) ?? new Places();
    this.#placesByKind.set(viewer.kind, ofKind);
    for (const places of [this.#places, ofKind]) places.count(viewer, step);
  }

  #closedOne(session: Session): void {
    if (!this.#open.delete(session.id)) return;
    const facts = session.facts();
    this.#count(session.viewer, -1);
    this.#history.add(facts);
    this.#tally.ended(facts);
    this.#onEvent({ event: 'ended', session: facts });
  }
}

function fits(session: SessionFacts, { camera, stream, kind }: SessionFilter): boolean {
  return (
    (camera === undefined || session.camera === camera) &&
    (stream === undefined || session.stream === stream) &&
    (kind === undefined || session.kind === kind)
  );
}
