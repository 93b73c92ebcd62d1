/** Sums over all sessions since the start. */
import { type EndReason, endReasons, type SessionFacts, type SessionKind, sessionKinds } from './facts.js';
import { type LimitName, limitNames } from './limits.js';

/** Of one kind of viewers of one stream; of those that are there and those that have gone. */
export interface StreamTally {
  camera: string;
  stream: string;
  kind: SessionKind;
  open: number;
  opened: number;
  bytes: number;
  frames: number;
  dropped: number;
  blockedMs: number;
}

export interface Totals {
  open: number;
  /** The most that were open at the same time. */
  peak: number;
  opened: number;
  bytes: number;
  frames: number;
  dropped: number;
  blockedMs: number;
  /** Of the open ones, together. */
  bitrateBps: number;
  /** Of the sessions that ended; null while none has. */
  averageDurationMs: number | null;
  averageBitrateBps: number | null;
  ended: Record<EndReason, number>;
  refused: Record<LimitName, number>;
}

export class Tally {
  readonly #streams = new Map<string, StreamTally>();
  readonly #ended = zeros(endReasons);
  readonly #refused = zeros(limitNames);
  readonly #endedByKind = new Map<string, { kind: SessionKind; reason: EndReason; count: number }>();
  #open = 0;
  #peak = 0;
  #opened = 0;
  #endedMs = 0;
  #endedBytes = 0;

  opened({ camera, stream, kind }: Pick<SessionFacts, 'camera' | 'stream' | 'kind'>): void {
    this.#opened += 1;
    this.#open += 1;
    this.#peak = Math.max(this.#peak, this.#open);
    this.#streams.set(keyOf(camera, stream, kind), {
      ...this.#of(camera, stream, kind),
      opened: this.#of(camera, stream, kind).opened + 1,
    });
  }

  ended(session: SessionFacts): void {
    const { camera, stream, kind, reason } = session;
    this.#open -= 1;
    this.#endedMs += session.durationMs;
    this.#endedBytes += session.bytes;
    this.#streams.set(keyOf(camera, stream, kind), added(this.#of(camera, stream, kind), session, 0));
    if (reason === null) return;
    this.#ended[reason] += 1;
    const key = `${kind} ${reason}`;
    const count = (this.#endedByKind.get(key)?.count ?? 0) + 1;
    this.#endedByKind.set(key, { kind, reason, count });
  }

  refused(limit: LimitName): void {
    this.#refused[limit] += 1;
  }

  /** Which kinds ended for which reasons, and how often. */
  get endedByKind(): Iterable<{ kind: SessionKind; reason: EndReason; count: number }> {
    return this.#endedByKind.values();
  }

  /** With what the open sessions have taken until now. */
  streams(open: readonly SessionFacts[]): StreamTally[] {
    const all = new Map(this.#streams);
    for (const session of open) {
      const { camera, stream, kind } = session;
      const key = keyOf(camera, stream, kind);
      all.set(key, added(all.get(key) ?? empty(camera, stream, kind), session, 1));
    }
    return [...all.values()];
  }

  totals(open: readonly SessionFacts[]): Totals {
    const sums = this.streams(open).reduce((sum, one) => added(sum, one, 0), empty('', '', sessionKinds[0]));
    const endedCount = this.#opened - this.#open;
    return {
      open: this.#open,
      peak: this.#peak,
      opened: this.#opened,
      bytes: sums.bytes,
      frames: sums.frames,
      dropped: sums.dropped,
      blockedMs: sums.blockedMs,
      bitrateBps: open.reduce((sum, one) => sum + one.bitrateBps, 0),
      averageDurationMs: endedCount === 0 ? null : Math.round(this.#endedMs / endedCount),
      averageBitrateBps: this.#endedMs === 0 ? null : Math.round((8000 * this.#endedBytes) / this.#endedMs),
      ended: { ...this.#ended },
      refused: { ...this.#refused },
    };
  }

  #of(camera: string, stream: string, kind: SessionKind): StreamTally {
    return this.#streams.get(keyOf(camera, stream, kind)) ?? empty(camera, stream, kind);
  }
}

type Sums = Pick<StreamTally, 'bytes' | 'frames' | 'dropped' | 'blockedMs'>;

function added(sum: StreamTally, one: Sums, open: 0 | 1): StreamTally {
  return {
    ...sum,
    open: sum.open + open,
    bytes: sum.bytes + one.bytes,
    frames: sum.frames + one.frames,
    dropped: sum.dropped + one.dropped,
    blockedMs: sum.blockedMs + one.blockedMs,
  };
}

function empty(camera: string, stream: string, kind: SessionKind): StreamTally {
  return { camera, stream, kind, open: 0, opened: 0, bytes: 0, frames: 0, dropped: 0, blockedMs: 0 };
}

function keyOf(camera: string, stream: string, kind: SessionKind): string {
  return `${camera}/${stream} ${kind}`;
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
