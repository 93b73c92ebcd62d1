import { readdirSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';
import { codeOf, type ErrorCode, messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort, RingFileHandle, RingOptions } from '../native/port.js';
import { fileSize, ringName } from '../ring/layout.js';

export const ringFolder = '/dev/shm';

export type RingRequest = RingOptions & { path: string };

interface Ring {
  request: RingRequest;
  file: RingFileHandle;
}

/** All ring files of an appliance. Those of one step are made before anything writes, all of them or none. */
export class RingSet implements Disposable {
  readonly #native: Pick<NativePort, 'createRing'>;
  readonly #log: Log;
  /** By path. */
  readonly #rings = new Map<string, Ring>();
  #closed = false;

  constructor(native: Pick<NativePort, 'createRing'>, log: Log) {
    this.#native = native;
    this.#log = log;
  }

  /**
   * Makes rings, and drafts of those that are to take the place of running
   * ones. Throws `no-space`, `owned`, `no-permission` or `failed`; then all is as it was.
   */
  change(requests: readonly RingRequest[]): RingStep {
    const made: string[] = [];
    const drafted: RingRequest[] = [];
    const replaced: RingRequest[] = [];
    const undo = () => {
      this.remove(made.splice(0));
      for (const { path: name } of drafted.splice(0)) this.#rings.get(name)?.file.dropDraft();
      for (const request of replaced.splice(0)) {
        this.#draft(request, requests);
        this.#publish(request);
      }
    };
    checkMemory(requests, (file) => this.#rings.has(file));
    try {
      for (const request of requests) {
        const isNew = !this.#rings.has(request.path);
        if (isNew) this.#make(request, requests);
        else this.#draft(request, requests);
        if (isNew) made.push(request.path);
        else drafted.push(request);
      }
    } catch (error) {
      undo();
      throw error;
    }
    const publish = () => {
      for (const request of drafted.splice(0)) {
        const before = this.#publish(request);
        if (before) replaced.push(before);
      }
    };
    return { publish, undo };
  }

  /** Ends these rings and their readers. */
  remove(files: Iterable<string>): void {
    for (const file of files) {
      this.#rings.get(file)?.file.close();
      this.#rings.delete(file);
    }
  }

  /** Presence locks on a ring, our own readers' included. */
  readers(file: string): number {
    return this.#rings.get(file)?.file.readers() ?? 0;
  }

  /** Since the capture of a ring's newest frame; null before the first. */
  ageMs(file: string): number | null {
    const captureNs = this.#rings.get(file)?.file.newestCaptureNs() ?? null;
    // Node's high-resolution clock is CLOCK_MONOTONIC, as the ring's.
    return captureNs === null
      ? null
      : Math.max(0, Math.round((Number(process.hrtime.bigint()) - captureNs) / 1e4) / 100);
  }

  /** Gives rings their name again where something took it away, as logind does at a logout. */
  sweep(): void {
    for (const { file } of this.#rings.values()) {
      try {
        if (file.republish())
          this.#log.warn({ ring: file.path }, 'a ring had lost its name; it has it again');
      } catch (error) {
        this.#log.error({ err: error, ring: file.path }, 'a ring has lost its name');
      }
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.remove([...this.#rings.keys()]);
  }

  /** The readers move over. Returns what the ring was before. */
  #publish(request: RingRequest): RingRequest | null {
    const ring = this.#rings.get(request.path);
    if (!ring) return null; // all rings have ended meanwhile
    ring.file.publishDraft();
    this.#rings.set(request.path, { request, file: ring.file });
    return ring.request;
  }

  #draft(request: RingRequest, all: readonly RingRequest[]): void {
    const { path: name, ...options } = request;
    try {
      this.#rings.get(name)?.file.draft(options);
    } catch (error) {
      throw explain(error, name, all);
    }
  }

  /** `all` is what it is made with, to say how much is needed. */
  #make(request: RingRequest, all: readonly RingRequest[]): void {
    if (this.#closed) throw new TeecamError('closed', 'the appliance is closing');
    const { path: name, ...options } = request;
    try {
      const file = this.#native.createRing(name, options);
      this.#rings.set(name, { request, file });
      const bytes = fileSize(options.geometry);
      this.#log.debug({ ring: name, origin: file.origin, bytes }, 'ring');
    } catch (error) {
      throw explain(error, name, all);
    }
  }
}

/** Rings that were made for a change, some of them under a draft's name yet. */
export interface RingStep {
  /** The drafts take the place of the rings that they are for, whose readers move over. */
  publish(): void;
  /** Everything is as it was before. */
  undo(): void;
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
  const pattern =
    /^teecam\.(?:([a-z][a-z0-9-]*)\.)?([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)(?:\+jpeg(?:-\d+)?)?$/;
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

/** The part of the machine's free memory that rings may take: the rest of the program has to live too. */
const memoryShare = 0.9;

/**
 * /dev/shm may be as large as the memory, in containers for one, and who fills
 * it then is ended by the kernel. A file that a killed run left takes its part already.
 */
function checkMemory(requests: readonly RingRequest[], isOurs: (file: string) => boolean): void {
  const needed = requests.reduce((sum, { path: file, geometry }) => {
    const left = isOurs(file) ? undefined : statSync(file, { throwIfNoEntry: false });
    return sum + Math.max(0, fileSize(geometry) - (left?.size ?? 0));
  }, 0);
  const free = freemem();
  if (needed <= free * memoryShare) return;
  throw new TeecamError(
    'no-space',
    `the rings need ${mebibytes(needed)} more (${sizesOf(requests)}), and this machine has ${mebibytes(free)} of memory left: make the streams smaller`,
  );
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
  const needed = requests.reduce((sum, { geometry }) => sum + fileSize(geometry), 0);
  const free = typeof error === 'object' && error !== null && 'freeBytes' in error ? error.freeBytes : null;
  const freeText = typeof free === 'number' ? `, of which ${mebibytes(free)} are left` : '';
  return (
    `${ringFolder} is too small: the rings need ${mebibytes(needed)} (${sizesOf(requests)})${freeText}. ` +
    `Make it larger (mount -o remount,size=${Math.ceil((needed * 1.5) / 2 ** 20)}M ${ringFolder}), or the streams smaller`
  );
}

function sizesOf(requests: readonly RingRequest[]): string {
  return requests
    .map(({ path: ring, geometry }) => `${path.basename(ring)} ${mebibytes(fileSize(geometry))}`)
    .join(', ');
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
