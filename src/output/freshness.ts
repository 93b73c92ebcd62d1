import type { Packet } from '../stream/message.js';

/** Nanoseconds since its capture. */
export function ageNs(packet: Packet): number {
  return Number(process.hrtime.bigint()) - packet.ptsNs;
}

/** Fresh enough to be shown as now. While nobody read the ring, its newest frame may be hours old. */
export function isFresh(packet: Packet): boolean {
  return ageNs(packet) < 2 * packet.durationNs;
}

/**
 * Refuses the first frame of a stream that was asleep, if it is a stale one. Only
 * the first: on a machine that is late with everything, late frames are all there is.
 */
export class FirstFrameGate {
  #passed = false;

  passes(packet: Packet): boolean {
    const first = !this.#passed;
    this.#passed = true;
    return !first || isFresh(packet);
  }
}
