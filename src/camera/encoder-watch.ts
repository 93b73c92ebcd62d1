/**
 * Notices a hardware encoder that fails while it runs: by the core's last word,
 * by cores that die while it encodes, by frames that go in and never come out.
 */
import { isHardware } from '../plan/encoders.js';
import type { StagePlan } from '../plan/graph.js';
import { wayTo } from '../plan/way.js';
import { perSecond } from '../profile/units.js';
import type { StatsEvent } from './messages.js';

export interface EncoderFault {
  /** By factory name. */
  encoder: string;
  /** A sentence. */
  why: string;
}

/** A driver that takes its time at the first frame is no fault yet. */
const patienceMs = 5000;
/** Encoders keep some frames to themselves until more come. */
const patienceFrames = 10;
/** One death may have any cause. */
const suspiciousDeaths = 2;
/** Of the counters that come once a second; a core that lived so long had other troubles before. */
const provenStats = 60;

interface Watched {
  stream: string;
  encoder: string;
  /** From behind the queue, which drops what an encoder does not take, to the ring. */
  chain: ReadonlySet<string>;
  queue: string;
  /** As slow as its frames may come, slates or not. */
  slowestPerSecond: number;
}

interface Progress {
  entered: number;
  published: number;
  /** Frames have entered since then, and none was published. */
  sinceNs: number;
  last: { entered: number; atNs: number };
}

export class EncoderWatch {
  #watched: readonly Watched[] = [];
  readonly #progress = new Map<string, Progress>();
  /** Branches with a hardware encoder that were open when the core was heard last. */
  #encoding: readonly string[] = [];
  #deaths = 0;
  #heard = 0;
  /** Blamed for deaths alone; the next core shows whether it was that. */
  #suspect: string | null = null;
  /** Until a core has lived for long: these deaths have another cause. */
  #innocent: string | null = null;

  constructor(plan: StagePlan) {
    this.become(plan);
  }

  become({ branches, graph, gate }: StagePlan): void {
    this.#watched = branches.flatMap(({ stream, encoder, sink }) => {
      const element = graph.nodes.find(({ id }) => id === encoder)?.element;
      if (element === undefined || !isHardware(element)) return [];
      const way = wayTo(graph, sink).flatMap((id) => graph.nodes.find((node) => node.id === id) ?? []);
      const last = way.findLastIndex((node) => node.element === 'queue');
      const chain = new Set(way.slice(last + 1).map(({ id }) => id));
      const rates = way.flatMap(({ properties }) => rateOf(properties['max-framerate']) ?? []);
      const slowestPerSecond = Math.min(...rates, ...[gate.framerate, gate.slateFramerate].map(perSecond));
      return [{ stream, encoder: element, chain, queue: way[last]?.id ?? '', slowestPerSecond }];
    });
    this.#progress.clear();
    this.#encoding = [];
    this.#deaths = 0;
  }

  /** The core's last word: an element of its stage has failed. */
  stageFailed(node: string, detail: string): EncoderFault | null {
    const failed = this.#watched.find(({ chain }) => chain.has(node));
    return failed ? { encoder: failed.encoder, why: detail } : null;
  }

  /**
   * A core ended, to be asked before `coreDied`: one that was blamed for deaths,
   * and cores die as soon without it. A camera or a plugin may be what kills them.
   */
  acquitted(): string | null {
    const suspect = this.#heard < provenStats ? this.#suspect : null;
    this.#suspect = null;
    this.#innocent = suspect ?? this.#innocent;
    return suspect;
  }

  /** A core ended without a word. */
  coreDied(): EncoderFault | null {
    const [suspect] = this.#encoding;
    const proven = this.#heard >= provenStats;
    this.#progress.clear();
    this.#encoding = [];
    this.#heard = 0;
    if (proven) this.#innocent = null;
    if (suspect === undefined || suspect === this.#innocent) return null;
    this.#deaths = proven ? 1 : this.#deaths + 1;
    if (this.#deaths < suspiciousDeaths) return null;
    this.#suspect = suspect;
    return { encoder: suspect, why: `the camera's worker died ${this.#deaths} times while it encoded` };
  }

  /** Once a second. */
  stats({ atNs, streams, flow }: StatsEvent): EncoderFault | null {
    this.#heard += 1;
    const open = this.#watched.filter(({ stream }) => streams[stream]?.open === true);
    this.#encoding = open.map(({ encoder }) => encoder);
    for (const { stream, encoder, queue, slowestPerSecond } of this.#watched) {
      const published = streams[stream]?.published ?? 0;
      const entered = flow.stage[queue]?.entered ?? 0;
      const before = this.#progress.get(stream);
      const isOpen = streams[stream]?.open === true;
      const patience = Math.max(patienceMs, (patienceFrames * 1000) / slowestPerSecond);
      const flows = before !== undefined && entered > before.entered;
      const ceased = before !== undefined && atNs - before.last.atNs >= patience * 1e6;
      if (!isOpen || !flows || ceased || published !== before.published) {
        const last = { entered, atNs };
        this.#progress.set(stream, { entered, published, sinceNs: atNs, last });
        continue;
      }
      if (entered !== before.last.entered) before.last = { entered, atNs };
      const silentMs = (atNs - before.sinceNs) / 1e6;
      if (silentMs >= patience && entered - before.entered >= patienceFrames)
        return { encoder, why: `it took frames for ${Math.round(silentMs / 1000)} s and gave none` };
    }
    return null;
  }
}

function rateOf(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const [numerator = 0, denominator = 1] = value.split('/').map(Number);
  return numerator / denominator;
}
