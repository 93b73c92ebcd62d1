import type { Clock, Timer } from './clock.js';

interface Appointment {
  at: number;
  periodMs: number | null;
  call: () => void;
}

/** For tests: time stands still until `advance`. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #appointments = new Set<Appointment>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, call: () => void): Timer {
    return this.#add({ at: this.#now + delayMs, periodMs: null, call });
  }

  every(periodMs: number, call: () => void): Timer {
    return this.#add({ at: this.#now + periodMs, periodMs, call });
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#appointments.size;
  }

  /** Moves time forward, calling what is due in order; promises settle between the calls. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.at;
      if (next.periodMs === null) this.#appointments.delete(next);
      else next.at += next.periodMs;
      next.call();
      await settled();
    }
    this.#now = end;
  }

  #add(appointment: Appointment): Timer {
    this.#appointments.add(appointment);
    return { cancel: () => void this.#appointments.delete(appointment) };
  }

  #next(end: number): Appointment | undefined {
    let next: Appointment | undefined;
    for (const appointment of this.#appointments) {
      if (appointment.at <= end && appointment.at < (next?.at ?? Number.POSITIVE_INFINITY))
        next = appointment;
    }
    return next;
  }
}

/** Every promise that can go on without a timer or input has done so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
