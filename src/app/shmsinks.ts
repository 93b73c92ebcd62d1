import { existsSync, readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort, ShmOutputStats } from '../native/port.js';
import { ShmSinkOutput, type ShmSinkStream } from '../output/shmsink.js';
import { shmsinkAreaBytes, shmsinkAreaPath, shmsrcCaps } from '../plan/shmsink.js';
import type { SessionBook } from '../session/book.js';
import { socketOf } from './addresses.js';
import type { Camera } from './camera.js';
import { ringFolder } from './ring-set.js';
import { makeSocketFolder, removeSocketFolder, socketFolder } from './socket-folder.js';

/** The streams that are asked for as shmsink, each at its socket. */
export class ShmSinks {
  readonly #output: ShmSinkOutput;
  readonly #instance: string | null;
  #madeFolder: string | null = null;

  constructor(native: NativePort, instance: string | null, book: SessionBook) {
    this.#output = new ShmSinkOutput(native, book);
    this.#instance = instance;
  }

  /** Those of these cameras and no others. Rejects as `ShmSinkOutput.setStreams` does. */
  async serve(cameras: readonly Camera[]): Promise<void> {
    const streams = shmSinkStreams(this.#instance, cameras);
    const folder = socketFolder();
    if (this.#madeFolder === null && streams.some(({ socket }) => path.dirname(socket) === folder)) {
      makeSocketFolder(folder);
      this.#madeFolder = folder;
    }
    await this.#output.setStreams(streams);
  }

  /** Null: there is no such output. */
  stats(camera: string, stream: string): ShmOutputStats | null {
    return this.#output.stats(camera, stream);
  }

  /** Once a second: its clients are counted. */
  poll(): void {
    this.#output.poll();
  }

  /** For a program that must end at once. */
  removeNames(): void {
    this.#output.removeNames();
  }

  async close(): Promise<void> {
    await this.#output.setStreams([]);
    if (this.#madeFolder !== null) removeSocketFolder(this.#madeFolder);
  }
}

function shmSinkStreams(instance: string | null, cameras: readonly Camera[]): ShmSinkStream[] {
  return cameras.flatMap((camera) =>
    camera.streams
      .filter((stream) => stream.has('shmsink'))
      .map((stream) => ({
        camera: camera.name,
        stream: stream.name,
        ring: stream.ring,
        socket: socketOf(instance, camera.name, stream),
        caps: shmsrcCaps(stream.branch),
        format: stream.branch.codec === 'raw' ? stream.branch.format : '',
        areaBytes: shmsinkAreaBytes(stream.branch),
      })),
  );
}

/**
 * Removes what a killed run of this instance left for clients of its shmsinks.
 * `rings` are ours; the area of another ring is somebody's while that ring is there.
 */
export function removeStaleAreas(
  instance: string | null,
  rings: ReadonlySet<string>,
  log: Log,
  folder = ringFolder,
): void {
  const suffix = shmsinkAreaPath('');
  for (const name of readdirSync(folder)) {
    const ring = path.join(folder, name.slice(0, -suffix.length));
    const parts = name.slice(0, -suffix.length).split('.');
    const isOurs = parts[0] === 'teecam' && (parts.length === 4 ? parts[1] : null) === instance;
    if (!name.endsWith(suffix) || !isOurs || (existsSync(ring) && !rings.has(ring))) continue;
    try {
      unlinkSync(shmsinkAreaPath(ring));
      log.info({ area: name }, 'removed what a killed run had left for readers of shmsink');
    } catch (error) {
      log.warn({ area: name, code: codeOf(error) }, 'what a killed run has left cannot be removed');
    }
  }
}
