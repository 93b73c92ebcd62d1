/** Measures how well a source does from the packets that come of it. */
import { meanBrightness } from './brightness.js';
import type { NetworkSignal, Packet, SignalStatus } from './message.js';

/** Long enough for a rate, short enough to see a fault while it lasts. */
const periodNs = 1e9;

/** What packets alone do not tell. */
export interface SignalSenses {
  /** Mean of a picture, 0 to 1; null where it cannot be told. */
  brightnessOf(packet: Packet): number | null;
  /** Null for sources that are not on a network. */
  network(): NetworkSignal | null;
  /** Null where the camera does not say. */
  exposureUs(): number | null;
}

export class SignalMeter {
  readonly #senses: SignalSenses;
  #before: Packet | null = null;
  /** Start of the period, and what was counted in it. */
  #sinceNs: number | null = null;
  #bytes = 0;
  #cameraFrames = 0;
  #intervalsNs: number[] = [];
  #total = { frames: 0, lost: 0, corrupted: 0, slates: 0 };

  constructor({
    brightnessOf = meanBrightness,
    network = () => null,
    exposureUs = () => null,
  }: Partial<SignalSenses> = {}) {
    this.#senses = { brightnessOf, network, exposureUs };
  }

  /** A status once a second of the packets' time, else null. */
  add(packet: Packet): SignalStatus | null {
    this.#sinceNs ??= packet.ptsNs;
    const status = packet.ptsNs - this.#sinceNs >= periodNs ? this.#close(packet) : null;
    this.#count(packet);
    this.#before = packet;
    return status;
  }

  #count(packet: Packet): void {
    const { slate, error, payload } = packet;
    this.#bytes += payload.byteLength;
    this.#total.frames += 1;
    if (error) this.#total.corrupted += 1;
    if (slate) this.#total.slates += 1;
    else this.#cameraFrames += 1;
    // Slates have a rate of their own; a gap where the camera went away shows as slates, not as loss.
    if (this.#before && !slate && !this.#before.slate) this.#countInterval(this.#before, packet);
  }

  #countInterval(before: Packet, packet: Packet): void {
    const passedNs = packet.ptsNs - before.ptsNs;
    // Frames that this reader skipped were captured all the same.
    const skipped = packet.sequence - before.sequence - 1;
    this.#cameraFrames += skipped;
    const nominal = nominalFramerate(packet);
    if (nominal > 0) {
      const expected = Math.round((passedNs / 1e9) * nominal) - 1;
      const lost = Math.max(0, expected - skipped);
      this.#total.lost += lost;
      if (lost > 0) return;
    }
    this.#intervalsNs.push(passedNs / (skipped + 1));
  }

  #close(packet: Packet): SignalStatus {
    const passedS = (packet.ptsNs - (this.#sinceNs ?? packet.ptsNs)) / 1e9;
    const status: SignalStatus = {
      framerate: this.#cameraFrames / passedS,
      nominalFramerate: nominalFramerate(packet),
      bitrateBps: (this.#bytes * 8) / passedS,
      jitterNs: this.#jitterNs(),
      ...this.#total,
      brightness: packet.slate ? null : this.#senses.brightnessOf(packet),
      exposureUs: packet.slate ? null : this.#senses.exposureUs(),
      network: this.#senses.network(),
    };
    this.#sinceNs = packet.ptsNs;
    this.#bytes = 0;
    this.#cameraFrames = 0;
    this.#intervalsNs = [];
    return status;
  }

  /** From the mean interval and not from the nominal one: a camera that is slow but even has no jitter. */
  #jitterNs(): number {
    const intervals = this.#intervalsNs;
    if (intervals.length === 0) return 0;
    const even = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
    return intervals.reduce((sum, interval) => sum + Math.abs(interval - even), 0) / intervals.length;
  }
}

/** 0 when it varies. */
function nominalFramerate({ component }: Packet): number {
  const [numerator, denominator] = component.framerate;
  return numerator / denominator;
}
