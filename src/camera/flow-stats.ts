import { RateMeter } from '../base/rate-meter.js';
import type { Count, GateCounts, NodeCounts } from '../plan/render/running.js';
import type { StatsEvent } from './messages.js';

/** What has passed through each element of the core that runs now. */
export class FlowStats {
  readonly #stage = new RateMeter();
  readonly #source = new RateMeter();
  #now: StatsEvent | null = null;

  add(stats: StatsEvent): void {
    const before = this.#now?.flow.source ?? {};
    const another = Object.entries(stats.flow.source).some(
      ([id, { entered }]) => entered < (before[id]?.entered ?? 0),
    );
    if (another) this.#source.reset();
    this.#now = stats;
    const { captured, dropped, undecodable, slates } = stats.gate;
    this.#stage.add(stats.atNs, {
      ...counters(stats.flow.stage),
      'gate captured': captured,
      'gate dropped': dropped,
      'gate undecodable': undecodable,
      'gate slates': slates,
    });
    this.#source.add(stats.atNs, counters(stats.flow.source));
  }

  /** The core has ended; the next one counts from 0. */
  reset(): void {
    this.#now = null;
    this.#stage.reset();
    this.#source.reset();
  }

  /** Null where nothing is counted. */
  node(pipeline: 'source' | 'stage', id: string): NodeCounts | null {
    const flow = this.#now?.flow[pipeline][id];
    if (!flow) return null;
    const meter = pipeline === 'source' ? this.#source : this.#stage;
    return {
      entered: { frames: flow.entered, perSecond: meter.rate(`${id} entered`) },
      lost: { frames: flow.lost, perSecond: meter.rate(`${id} lost`) },
    };
  }

  /** Null before the core's first word. */
  get gate(): GateCounts | null {
    const gate = this.#now?.gate;
    if (!gate) return null;
    const count = (name: keyof GateCounts): Count => ({
      frames: gate[name],
      perSecond: this.#stage.rate(`gate ${name}`),
    });
    return {
      captured: count('captured'),
      dropped: count('dropped'),
      undecodable: count('undecodable'),
      slates: count('slates'),
    };
  }
}

/** An id has no space in it. */
function counters(flow: StatsEvent['flow']['stage']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(flow).flatMap(([id, { entered, lost }]) => [
      [`${id} entered`, entered],
      [`${id} lost`, lost],
    ]),
  );
}
