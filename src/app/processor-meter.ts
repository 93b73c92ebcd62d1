import { cpus } from 'node:os';

/** Of the time of all processors, in any unit. */
interface Times {
  idle: number;
  all: number;
}

/** As long as the camera's losses are looked at. */
const windowSamples = 4;

/** How much of the processors' time is in use, over the last four seconds. */
export class ProcessorMeter {
  readonly #read: () => Times;
  #samples: Times[] = [];

  constructor(read: () => Times = machineTimes) {
    this.#read = read;
  }

  /** Once a second. */
  tick(): void {
    this.#samples.push(this.#read());
    if (this.#samples.length > windowSamples + 1) this.#samples.shift();
  }

  /** 0 to 1; 0 while there is nothing to compare. */
  get busy(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.all <= first.all) return 0;
    return 1 - (last.idle - first.idle) / (last.all - first.all);
  }
}

function machineTimes(): Times {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.reduce((sum, { user, nice, sys, irq, idle }) => sum + user + nice + sys + irq + idle, 0);
  return { idle: times.reduce((sum, { idle }) => sum + idle, 0), all };
}
