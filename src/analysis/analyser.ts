import { accepting } from '../stream/filter.js';
import {
  type AnyMessage,
  type Component,
  type Packet,
  type SignalStatus,
  type StopInfo,
  stopCodes,
} from '../stream/message.js';
import type { Target } from '../stream/target.js';
import { type FormatReport, formatReport } from './format.js';
import { FrameTrack } from './frame-track.js';
import { Measures, type MeasuresReport } from './measures.js';

/** So many whole seconds are kept one by one. */
export const SECONDS_KEPT = 60;
const secondNs = 1e9;

export interface AnalyserReport {
  /** Null before the first start. */
  format: FormatReport | null;
  /** Why nothing comes; null while something does. */
  trouble: StopInfo | null;
  /** How the source does, as the stream says once a second; null before it did. */
  signal: SignalStatus | null;
  /** Since the newest frame came; null before the first. */
  sinceLastFrameMs: number | null;
  /** The last whole seconds. */
  window: MeasuresReport;
  /** Since the first frame. */
  total: MeasuresReport;
  /** A value for each of the last whole seconds, the oldest first; 60 at most. */
  series: { bitrateBps: number[]; framerate: number[] };
}

export interface AnalyserOptions {
  /** CLOCK_MONOTONIC, which frames have their times by. */
  nowNs?: () => number;
}

/** Measures a stream as it arrives; exact, and constant in memory. Seconds begin with the first frame. */
export class Analyser implements Target {
  readonly rejects = accepting('start', 'packet', 'stop', 'noStart', 'noStartWarning', 'signalStatus');
  readonly #nowNs: () => number;
  readonly #track = new FrameTrack();
  #component: Component | null = null;
  #trouble: StopInfo | null = null;
  #signal: SignalStatus | null = null;
  #beganNs: number | null = null;
  #arrivedNs = 0;
  #second = new Measures();
  #secondBeganNs = 0;
  readonly #seconds: Measures[] = [];
  readonly #total = new Measures();

  constructor({ nowNs = () => Number(process.hrtime.bigint()) }: AnalyserOptions = {}) {
    this.#nowNs = nowNs;
  }

  /** Since the first frame; null before it. */
  get elapsedS(): number | null {
    return this.#beganNs === null ? null : (this.#nowNs() - this.#beganNs) / secondNs;
  }

  deliver(message: AnyMessage): void {
    using held = message;
    switch (held.type) {
      case 'packet':
        this.#packet(held.data);
        break;
      case 'start':
        this.#component = held.data.components[0] ?? null;
        this.#trouble = null;
        this.#track.restart();
        break;
      case 'stop':
      case 'noStart':
      case 'noStartWarning':
        this.#trouble = held.data.code === stopCodes.sourceReconfigured ? null : held.data;
        break;
      case 'signalStatus':
        this.#signal = held.data;
        break;
    }
  }

  /** `windowS`: of so many whole seconds at most, up to 60. */
  report(windowS = 10): AnalyserReport {
    const nowNs = this.#nowNs();
    this.#endSeconds(nowNs);
    const last = this.#seconds.slice(-windowS);
    const window = new Measures();
    for (const second of last) window.merge(second);
    return {
      format: this.#component && formatReport(this.#component),
      trouble: this.#trouble,
      signal: this.#signal,
      sinceLastFrameMs: this.#beganNs === null ? null : (nowNs - this.#arrivedNs) / 1e6,
      window: window.report(last.length),
      total: this.#total.report(this.elapsedS ?? 0),
      series: {
        bitrateBps: this.#seconds.map(({ bytes }) => 8 * bytes),
        framerate: this.#seconds.map(({ frames }) => frames),
      },
    };
  }

  info() {
    return { kind: 'analyser', seconds: Math.floor(this.elapsedS ?? 0) };
  }

  #packet(packet: Packet): void {
    const nowNs = this.#nowNs();
    if (this.#beganNs === null) this.#beganNs = this.#secondBeganNs = nowNs;
    this.#endSeconds(nowNs);
    this.#arrivedNs = nowNs;
    const frame = this.#track.see(packet, nowNs);
    this.#second.add(frame);
    this.#total.add(frame);
  }

  /** Those without a frame too. */
  #endSeconds(nowNs: number): void {
    if (this.#beganNs === null) return;
    while (nowNs - this.#secondBeganNs >= secondNs) {
      this.#seconds.push(this.#second);
      if (this.#seconds.length > SECONDS_KEPT) this.#seconds.shift();
      this.#second = new Measures();
      this.#secondBeganNs += secondNs;
    }
  }
}
