import { type Clock, systemClock } from '../base/clock.js';
import type { NativePort, VideoDevice } from '../native/port.js';

/** At a start all that look do so within moments, and each look opens every device. */
const sharedMs = 2000;

/** Looks at the machine's cameras, once for all who ask at about the same time. */
export class DeviceList implements Pick<NativePort, 'listDevices'> {
  readonly #look: NativePort['listDevices'];
  readonly #clock: Clock;
  readonly #listeners: (() => void)[] = [];
  #last: { atMs: number; devices: Promise<VideoDevice[]> } | null = null;

  constructor(look: NativePort['listDevices'], clock = systemClock) {
    this.#look = look;
    this.#clock = clock;
  }

  /** With controls they are read anew each time: they are others whenever somebody turns one. */
  listDevices(withControls = false): Promise<VideoDevice[]> {
    if (withControls) return this.#look(true);
    const now = this.#clock.now();
    if (this.#last === null || now - this.#last.atMs > sharedMs)
      this.#last = { atMs: now, devices: this.#look(false) };
    return this.#last.devices;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Something appeared in /dev or went away: what was seen before counts no more. */
  changed(): void {
    this.#last = null;
    for (const listener of this.#listeners) listener();
  }
}
