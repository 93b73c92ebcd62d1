import type { StagePlan } from '../plan/graph.js';
import { wayTo } from '../plan/way.js';
import type { NodeFlow, StatsEvent } from './messages.js';

/** What a branch has lost of late, at the place where it loses most. */
export interface Loss {
  /** A queue's id, or `gate`. */
  place: string;
  /** Frames that came there, and that were dropped since the next one came. */
  came: number;
  lost: number;
  seconds: number;
  /** It loses many in nearly every second: what lies behind this place is too slow. */
  lasting: boolean;
}

/** Seconds. */
const windowStats = 4;
/** Of these. A burst, or a machine that was busy for a moment, fills one or two. */
const lastingStats = 3;
/** Counters come once a second. After a longer silence nobody knows what the machine has done meanwhile. */
const longestGapNs = 2.5e9;
/** Of the frames that came. At 30 a second it is three. */
const lossPart = 0.1;

/**
 * Which branches lose frames since what encodes them is too slow. All ways to an
 * encoder have bounded, leaky queues, so whoever is too slow for long drops
 * frames there: no other measure is needed. A source that gives few frames, or
 * none, loses none here.
 */
export class LossWatch {
  /** By branch: the places on its way where frames can be dropped. */
  #places: ReadonlyMap<string, readonly string[]> = new Map();
  #stats: StatsEvent[] = [];

  constructor(plan: StagePlan) {
    this.become(plan);
  }

  become({ branches, graph }: StagePlan): void {
    const queues = new Set(graph.nodes.flatMap(({ id, element }) => (element === 'queue' ? [id] : [])));
    this.#places = new Map(
      branches.map(({ stream, sink }) => [stream, wayTo(graph, sink).filter((id) => queues.has(id))]),
    );
    this.reset();
  }

  /** What was counted before says nothing of what comes. */
  reset(): void {
    this.#stats = [];
  }

  /** Once a second, while the camera is live. */
  add(stats: StatsEvent): void {
    const last = this.#stats.at(-1);
    if (last && stats.atNs - last.atNs > longestGapNs) this.reset();
    this.#stats.push(stats);
    if (this.#stats.length > windowStats + 1) this.#stats.shift();
  }

  /** Null: it is closed, or has not been open for long enough, or loses nothing worth mentioning. */
  of(branch: string): Loss | null {
    const [first, last] = [this.#stats[0], this.#stats.at(-1)];
    if (!first || !last || this.#stats.length <= windowStats) return null;
    const openings = first.streams[branch]?.openings;
    const isOpen = (stats: StatsEvent) => {
      const stream = stats.streams[branch];
      return stream?.open === true && stream.openings === openings;
    };
    if (!this.#stats.every(isOpen)) return null;
    const heard = this.#stats.slice(0, this.#lastPublished(branch) + 1);
    const seconds = ((heard.at(-1) ?? first).atNs - first.atNs) / 1e9;
    const losses = ['gate', ...(this.#places.get(branch) ?? [])].map((place) => {
      const counts = heard.map((stats) => countsAt(stats, place));
      const parts = counts.slice(1).map((count, index) => difference(counts[index], count));
      const [came, lost] = [sum(parts.map((part) => part.entered)), sum(parts.map((part) => part.lost))];
      return { place, came, lost, seconds, lasting: parts.filter(isLossy).length >= lastingStats };
    });
    const lossy = losses.filter(({ came, lost }) => isLossy({ entered: came, lost }));
    const [worst] = lossy.sort((a, b) => b.lost / b.came - a.lost / a.came);
    return worst ?? null;
  }

  /**
   * Index of the last counters that had frames published since those before. An encoder that gives nothing is not
   * slow but stuck, which is for others to notice.
   */
  #lastPublished(branch: string): number {
    const published = this.#stats.map(({ streams }) => streams[branch]?.published ?? 0);
    return published.findLastIndex((count, index) => count > (published[index - 1] ?? count));
  }
}

function countsAt({ gate, flow }: StatsEvent, place: string): NodeFlow {
  if (place === 'gate') return { entered: gate.captured, lost: gate.dropped };
  return flow.stage[place] ?? { entered: 0, lost: 0 };
}

function difference(before: NodeFlow | undefined, now: NodeFlow): NodeFlow {
  return { entered: now.entered - (before?.entered ?? 0), lost: now.lost - (before?.lost ?? 0) };
}

function isLossy({ entered, lost }: NodeFlow): boolean {
  return lost > 0 && lost >= entered * lossPart;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
