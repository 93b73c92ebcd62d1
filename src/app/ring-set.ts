import { readdirSync } from 'node:fs';
import path from 'node:path';
import { codeOf, type ErrorCode, messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort, RingFileHandle, RingOptions } from '../native/port.js';
import { fileSize, ringName } from '../ring/layout.js';

export const ringFolder = '/dev/shm';

export type RingRequest = RingOptions & { path: string };

/** All ring files of an appliance: made before anything writes, all of them or none. */
export class RingSet implements Disposable {
  readonly #rings: readonly RingFileHandle[];
  readonly #log: Log;

  private constructor(rings: readonly RingFileHandle[], log: Log) {
    this.#rings = rings;
    this.#log = log;
  }

  /** Throws `no-space`, `owned`, `no-permission` or `failed`; then there is no file. */
  static make(native: Pick<NativePort, 'createRing'>, requests: readonly RingRequest[], log: Log): RingSet {
    const made: RingFileHandle[] = [];
    for (const { path: file, ...options } of requests) {
      try {
        const ring = native.createRing(file, options);
        made.push(ring);
        log.debug({ ring: file, origin: ring.origin, bytes: fileSize(options.geometry) }, 'ring');
      } catch (error) {
        for (const ring of made) ring.close();
        throw explain(error, file, requests);
      }
    }
    return new RingSet(made, log);
  }

  /** Presence locks on a ring, our own readers' included. */
  readers(file: string): number {
    return this.#find(file)?.readers() ?? 0;
  }

  /** Since the capture of a ring's newest frame; null before the first. */
  ageMs(file: string): number | null {
    const captureNs = this.#find(file)?.newestCaptureNs() ?? null;
    // Node's high-resolution clock is CLOCK_MONOTONIC, as the ring's.
    return captureNs === null
      ? null
      : Math.max(0, Math.round((Number(process.hrtime.bigint()) - captureNs) / 1e4) / 100);
  }

  /** Gives rings their name again where something took it away, as logind does at a logout. */
  sweep(): void {
    for (const ring of this.#rings) {
      try {
        if (ring.republish())
          this.#log.warn({ ring: ring.path }, 'a ring had lost its name; it has it again');
      } catch (error) {
        this.#log.error({ err: error, ring: ring.path }, 'a ring has lost its name');
      }
    }
  }

  [Symbol.dispose](): void {
    for (const ring of this.#rings) ring.close();
  }

  #find(file: string): RingFileHandle | undefined {
    return this.#rings.find((ring) => ring.path === file);
  }
}

/** Nothing in a ring matters when it is only made to be removed. */
const smallest = { frameCount: 8, slotCount: 0, slotSize: 0, arenaSize: 4096 };

/**
 * Removes rings that a killed run of this instance left and that are not wanted
 * any more. Taking one over shows whether its owner lives: an owned one is refused.
 */
export function removeStaleRings(
  native: Pick<NativePort, 'createRing'>,
  instance: string | null,
  wanted: ReadonlySet<string>,
  log: Log,
  folder = ringFolder,
): void {
  const pattern = /^teecam\.(?:([a-z][a-z0-9-]*)\.)?([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)(?:\+jpeg)?$/;
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const [, of, camera, stream] = pattern.exec(name) ?? [];
    if (camera === undefined || stream === undefined || (of ?? null) !== instance || wanted.has(file))
      continue;
    try {
      native
        .createRing(file, { geometry: smallest, instance: of ?? '', camera, stream, mode: 0o600, gid: null })
        .close();
      log.info({ ring: file }, 'removed a ring that a killed run had left');
    } catch (error) {
      log.debug({ ring: file, code: codeOf(error) }, 'a ring that is not ours is left alone');
    }
  }
}

export function ringPath(instance: string | null, camera: string, stream: string): string {
  return path.join(ringFolder, ringName(instance ?? undefined, camera, stream));
}

function explain(error: unknown, file: string, requests: readonly RingRequest[]): TeecamError {
  const code = codeOf(error);
  const known: Partial<Record<string, [ErrorCode, () => string]>> = {
    'no-space': ['no-space', () => noSpace(error, requests)],
    owned: [
      'owned',
      () =>
        `${file} belongs to another Teecam that is running: end it, or give this one an \`instance\` of its own`,
    ],
    'no-permission': ['no-permission', () => `${file} cannot be made: ${messageOf(error)}`],
  };
  const [ours, say] = known[code ?? ''] ?? ['failed', () => `${file} cannot be made: ${messageOf(error)}`];
  return new TeecamError(ours, say(), { cause: error, details: { ring: file } });
}

function noSpace(error: unknown, requests: readonly RingRequest[]): string {
  const sizes = requests.map(
    ({ path: ring, geometry }) => `${path.basename(ring)} ${mebibytes(fileSize(geometry))}`,
  );
  const needed = requests.reduce((sum, { geometry }) => sum + fileSize(geometry), 0);
  const free = typeof error === 'object' && error !== null && 'freeBytes' in error ? error.freeBytes : null;
  const freeText = typeof free === 'number' ? `, of which ${mebibytes(free)} are left` : '';
  return (
    `${ringFolder} is too small: the rings need ${mebibytes(needed)} (${sizes.join(', ')})${freeText}. ` +
    `Make it larger (mount -o remount,size=${Math.ceil((needed * 1.5) / 2 ** 20)}M ${ringFolder}), or the streams smaller`
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
