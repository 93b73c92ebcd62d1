import type { TrackedFrame } from './frame-track.js';
import { Spread, type SpreadReport } from './spread.js';

const frameKinds = ['all', 'key', 'delta', 'i', 'p', 'b'] as const;
type FrameKind = (typeof frameKinds)[number];

/** What was measured of a stream over some time. Milliseconds, bytes. */
export interface MeasuresReport {
  seconds: number;
  bytes: number;
  bitrateBps: number;
  framerate: number;
  /** Sizes in bytes. `i`, `p` and `b` are of H.264 alone. */
  frameBytes: Record<FrameKind, SpreadReport>;
  slates: number;
  errors: number;
  discontinuities: number;
  keyFrameInterval: { frames: SpreadReport; ms: SpreadReport };
  /** Between frames of the camera of which none is missing in between. Its deviation is the jitter. */
  captureIntervalMs: SpreadReport;
  /** Between any two that came one after the other. */
  arrivalIntervalMs: SpreadReport;
  /** From its capture until it came here. */
  latencyMs: SpreadReport;
  gaps: {
    /** How often frames are missing, by their numbers. */
    count: number;
    missedFrames: number;
    /** The longest time between the captures of two that came one after the other. */
    longestMs: number | null;
  };
}

const spreadNames = [
  ...frameKinds,
  'keyFrames',
  'keyMs',
  'captureMs',
  'arrivalMs',
  'latencyMs',
  'sinceMs',
] as const;
const countNames = ['bytes', 'slates', 'errors', 'discontinuities', 'gaps', 'missed'] as const;

/** Constant in size, however many frames. */
export class Measures {
  readonly #spreads = record(spreadNames, () => new Spread());
  readonly #counts = record(countNames, () => 0);

  get bytes(): number {
    return this.#counts.bytes;
  }

  get frames(): number {
    return this.#spreads.all.count;
  }

  add(frame: TrackedFrame): void {
    const spreads = this.#spreads;
    spreads.all.add(frame.bytes);
    spreads[frame.key ? 'key' : 'delta'].add(frame.bytes);
    if (frame.type !== null) spreads[frame.type].add(frame.bytes);
    spreads.latencyMs.add(frame.latencyMs);
    if (frame.sinceMs !== null) spreads.sinceMs.add(frame.sinceMs);
    if (frame.arrivalIntervalMs !== null) spreads.arrivalMs.add(frame.arrivalIntervalMs);
    if (frame.captureIntervalMs !== null) spreads.captureMs.add(frame.captureIntervalMs);
    if (frame.keyInterval !== null) {
      spreads.keyFrames.add(frame.keyInterval.frames);
      spreads.keyMs.add(frame.keyInterval.ms);
    }
    const counts = this.#counts;
    counts.bytes += frame.bytes;
    counts.slates += Number(frame.slate);
    counts.errors += Number(frame.error);
    counts.discontinuities += Number(frame.discontinuity);
    counts.gaps += Number(frame.missed > 0);
    counts.missed += frame.missed;
  }

  /** As if the other one's frames had been added next. */
  merge(later: Measures): void {
    for (const name of spreadNames) this.#spreads[name].merge(later.#spreads[name]);
    for (const name of countNames) this.#counts[name] += later.#counts[name];
  }

  /** `seconds`: how long was measured. */
  report(seconds: number): MeasuresReport {
    const { bytes, slates, errors, discontinuities, gaps, missed } = this.#counts;
    const spread = record(spreadNames, (name) => this.#spreads[name].report());
    const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0);
    return {
      seconds,
      bytes,
      bitrateBps: Math.round(perSecond(8 * bytes)),
      framerate: perSecond(spread.all.count),
      frameBytes: record(frameKinds, (kind) => spread[kind]),
      slates,
      errors,
      discontinuities,
      keyFrameInterval: { frames: spread.keyFrames, ms: spread.keyMs },
      captureIntervalMs: spread.captureMs,
      arrivalIntervalMs: spread.arrivalMs,
      latencyMs: spread.latencyMs,
      gaps: { count: gaps, missedFrames: missed, longestMs: spread.sinceMs.max },
    };
  }
}

function record<K extends string, V>(names: readonly K[], make: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, V>;
}
