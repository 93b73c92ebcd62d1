import { RateMeter } from '../base/rate-meter.js';
import type { NetworkSignal, Protection } from '../stream/message.js';
import { FlowStats } from './flow-stats.js';
import type { StatsEvent } from './messages.js';

export type StreamStats = StatsEvent['streams'][string];

const nothing: StreamStats = {
  open: false,
  openings: 0,
  encoded: 0,
  published: 0,
  bytes: 0,
  keyFrames: 0,
  dropped: 0,
  copied: 0,
  latencyNs: 0,
  readers: 0,
  brightness: null,
};

type Gate = StatsEvent['gate'];
const nothingCaptured: Gate = { captured: 0, dropped: 0, slates: 0, undecodable: 0, clamped: 0 };

/**
 * What a camera has done since the appliance started. A core counts from its own
 * start, so what the cores before it counted is kept and added.
 */
export class CameraStats {
  /** Of the core that runs now. */
  readonly flow = new FlowStats();
  readonly #meter = new RateMeter();
  #before: { gate: Gate; streams: Record<string, StreamStats> } = { gate: nothingCaptured, streams: {} };
  #now: StatsEvent | null = null;
  /** Up to the cores before, and up to now. */
  #keyEpochs = { before: 0, now: 0 };

  add(stats: StatsEvent): void {
    this.#now = stats;
    if (stats.protection) this.#keyEpochs.now = this.#keyEpochs.before + stats.protection.keyEpoch;
    this.flow.add(stats);
    const counters: Record<string, number> = { captured: stats.gate.captured };
    for (const [name, stream] of Object.entries(stats.streams)) {
      counters[`${name}.published`] = stream.published;
      counters[`${name}.bytes`] = stream.bytes;
    }
    if (stats.network) {
      counters['network.bytes'] = stats.network.bytes;
      counters['network.segments'] = stats.network.segments;
      counters['network.outOfOrder'] = stats.network.outOfOrder;
    }
    this.#meter.add(stats.atNs, counters);
  }

  /** The core has ended; the next one counts from 0. */
  coreEnded(): void {
    const streams: Record<string, StreamStats> = {};
    for (const name of Object.keys(this.#now?.streams ?? {})) {
      streams[name] = { ...this.stream(name), open: false, latencyNs: 0, readers: 0, brightness: null };
    }
    this.#before = { gate: this.gate, streams: { ...this.#before.streams, ...streams } };
    this.#keyEpochs.before = this.#keyEpochs.now;
    this.#now = null;
    this.flow.reset();
    this.#meter.reset();
  }

  get gate(): Gate {
    return sum(this.#before.gate, this.#now?.gate ?? nothingCaptured);
  }

  stream(name: string): StreamStats {
    const now = this.#now?.streams[name] ?? nothing;
    const before = this.#before.streams[name] ?? nothing;
    const { open, latencyNs, readers, brightness } = now;
    return { ...sum(counters(before), counters(now)), open, latencyNs, readers, brightness };
  }

  /** Of a source on a network; null for others, and while it is not connected. */
  get network(): NetworkSignal | null {
    const network = this.#now?.network;
    if (!network) return null;
    const segments = this.#meter.rate('network.segments');
    return {
      bitrateBps: this.#meter.rate('network.bytes') * 8,
      lossRatio: segments > 0 ? this.#meter.rate('network.outOfOrder') / segments : 0,
      roundTripNs: network.roundTripNs,
    };
  }

  get protection(): Protection | null {
    const protection = this.#now?.protection;
    return protection ? { protocol: 'tls', ...protection, keyEpoch: this.#keyEpochs.now } : null;
  }

  get captureRate(): number {
    return this.#meter.rate('captured');
  }

  /** Frames and bits a second. */
  streamRate(name: string): { framerate: number; bitrateBps: number } {
    return {
      framerate: this.#meter.rate(`${name}.published`),
      bitrateBps: this.#meter.rate(`${name}.bytes`) * 8,
    };
  }
}

function counters({
  open: _open,
  latencyNs: _latencyNs,
  readers: _readers,
  brightness: _brightness,
  ...rest
}: StreamStats) {
  return rest;
}

function sum<T extends Record<string, number>>(a: T, b: T): T {
  return Object.fromEntries(Object.entries(a).map(([key, value]) => [key, value + (b[key] ?? 0)])) as T;
}
