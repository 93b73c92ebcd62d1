import { join } from 'node:path';
import type { RunningAppliance } from './appliance.js';
import { Child } from './child.js';
import { repository } from './repository.js';

/** What test/clients/read_ring.py reports. */
export interface RingReport {
  frames: number;
  seconds: number;
  first: number;
  last: number;
  gaps: number;
  missed: number;
  torn: number;
  slates: number;
  ageP50Ms: number;
  ageMaxMs: number;
  /** Of every frame, in their order. */
  agesMs: number[];
  shape: number[];
}

/** A reader in Python, in a process of its own: a stranger, as the ring sees it. */
export class PythonReader implements AsyncDisposable {
  readonly #child: Child;
  readonly #seconds: number;

  constructor(
    appliance: Pick<RunningAppliance, 'instance'>,
    camera: string,
    stream: string,
    seconds: number,
    holdMs = 0,
  ) {
    this.#seconds = seconds;
    this.#child = python('read_ring.py', [
      ...[camera, stream, appliance.instance, `${seconds}`],
      ...(holdMs > 0 ? ['--hold', `${holdMs}`] : []),
    ]);
  }

  get hasFrames(): boolean {
    return this.#child.stderr.includes('first frame');
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name);
  }

  /** `graceMs`: on top of the seconds that it reads. */
  report(graceMs = 30_000): Promise<RingReport> {
    return report<RingReport>(this.#child, this.#seconds * 1000 + graceMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

/** Debian's Python, for which apt has installed numpy; another may come first in PATH. */
export function python(script: string, args: readonly string[]): Child {
  return new Child('/usr/bin/python3', [join(repository, 'test', 'clients', script), ...args]);
}

/** The line of JSON with which a client script ends. */
export async function report<T>(child: Child, withinMs: number): Promise<T> {
  const { code, signal } = await child.end(withinMs);
  if (code !== 0) throw new Error(`the client ended with ${code ?? signal}\n${child.stderr}`);
  return JSON.parse(child.stdout) as T;
}
