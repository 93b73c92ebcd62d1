import type { SourceEvent } from './messages.js';

/** Long enough for a camera that adjusts its exposure, and for a machine that was busy for a moment. */
const windowNs = 10e9;
/** A promise is broken below the half, and kept again above: between them what was so stays so. */
const slowPart = 0.5;
const finePart = 0.7;

/** Whether a source gives as many frames as it promised, seen over the last ten seconds. */
export class PaceWatch {
  #promised: number | null = null;
  /** Of the source that is open: when so many had been captured. */
  #samples: { atNs: number; captured: number }[] = [];
  #slow = false;

  /** Frames a second, as the source's format says; null: it promises nothing. */
  begin(promised: number | null): void {
    this.#promised = promised;
    this.#samples = [];
    this.#slow = false;
  }

  /** Frames a second that it gives, and promised; null while it keeps its promise. */
  add(atNs: number, captured: number): { given: number; promised: number } | null {
    if (this.#promised === null) return null;
    this.#samples.push({ atNs, captured });
    const [first] = this.#samples;
    if (!first || atNs - first.atNs < windowNs) return null;
    const given = ((captured - first.captured) * 1e9) / (atNs - first.atNs);
    this.#samples = this.#samples.filter((sample) => sample.atNs > first.atNs);
    this.#slow = given < this.#promised * (this.#slow ? finePart : slowPart);
    return this.#slow ? { given, promised: this.#promised } : null;
  }
}

/** Files and streams of others say what they like of their rate; a device was asked for it. */
export function promisedRate(uri: string, { framerate: [num, den] }: SourceEvent): number | null {
  const isDevice = uri === 'auto' || uri.startsWith('v4l2:');
  return isDevice && num > 0 ? num / den : null;
}
