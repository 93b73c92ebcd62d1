import { codeOf, type ErrorCode, errorCodes, messageOf, TeecamError } from '../base/error.js';
import type { NativePort, ShmOutputHandle, ShmOutputStats } from '../native/port.js';
import type { SessionBook } from '../session/book.js';
import { ShmViewers } from './shm-viewers.js';

/** A stream that programs with GStreamer's `shmsrc` read. */
export interface ShmSinkStream {
  camera: string;
  stream: string;
  /** Path of the ring that it is read from. */
  ring: string;
  /** Path of the socket. */
  socket: string;
  /** What its clients take it for. */
  caps: string;
  /** GStreamer's name of a raw format; empty: encoded. */
  format: string;
  /** Bytes of /dev/shm for frames that clients hold. */
  areaBytes: number;
}

interface Open {
  stream: ShmSinkStream;
  handle: ShmOutputHandle;
  viewers: ShmViewers;
}

/** Streams for `shmsrc`. Frames never pass here: native code reads the rings and serves the sockets. */
export class ShmSinkOutput {
  readonly #native: Pick<NativePort, 'createShmOutput'>;
  readonly #book: SessionBook;
  /** By socket. */
  readonly #open = new Map<string, Open>();

  constructor(native: Pick<NativePort, 'createShmOutput'>, book: SessionBook) {
    this.#native = native;
    this.#book = book;
  }

  /**
   * Serves exactly these. Clients of what is no longer there are disconnected,
   * the others notice nothing. Rejects with `address-in-use`, `no-space`,
   * `no-permission`, `bad-profile` (no such folder) or `failed`; what was opened before stays open.
   */
  async setStreams(streams: readonly ShmSinkStream[]): Promise<void> {
    const wanted = new Map(streams.map((stream) => [stream.socket, stream]));
    const leaving = [...this.#open.values()].filter(({ stream }) => !same(stream, wanted.get(stream.socket)));
    await Promise.all(leaving.map((one) => this.#end(one)));
    for (const [socket, stream] of wanted) {
      if (this.#open.has(socket)) continue;
      const handle = this.#listen(stream);
      this.#open.set(socket, { stream, handle, viewers: new ShmViewers(handle, this.#book, stream) });
    }
  }

  /** Null: there is no such output. */
  stats(camera: string, stream: string): ShmOutputStats | null {
    return this.#find(camera, stream)?.handle.stats() ?? null;
  }

  /** Once a second: its clients are counted. */
  poll(): void {
    for (const { viewers } of this.#open.values()) viewers.poll();
  }

  /** For a program that must end at once. */
  removeNames(): void {
    for (const { handle } of this.#open.values()) handle.removeNames();
  }

  async #end({ stream, handle, viewers }: Open): Promise<void> {
    this.#open.delete(stream.socket);
    viewers.poll();
    viewers.close();
    await handle.close();
  }

  #find(camera: string, name: string): Open | undefined {
    return [...this.#open.values()].find(({ stream }) => stream.camera === camera && stream.stream === name);
  }

  #listen(stream: ShmSinkStream): ShmOutputHandle {
    const { socket, ring, format, areaBytes } = stream;
    try {
      return this.#native.createShmOutput({ socket, ring, format, areaSize: areaBytes });
    } catch (error) {
      throw explain(error, stream);
    }
  }
}

function explain(error: unknown, { camera, stream, socket }: ShmSinkStream): TeecamError {
  const key = `cameras.${camera}.streams.${stream}.shmsink`;
  const code: ErrorCode = errorCodes.find((known) => known === codeOf(error)) ?? 'failed';
  const sentences: Partial<Record<ErrorCode, string>> = {
    'address-in-use': `${socket} is in use, by a program or a file that is no socket: end or remove that, or change ${key}`,
    'not-found': `there is no folder for ${socket} (${key})`,
  };
  const sentence = sentences[code] ?? `${socket} cannot be served (${key}): ${messageOf(error)}`;
  // A folder that is missing is no address of the API that was not found.
  return new TeecamError(code === 'not-found' ? 'bad-profile' : code, sentence, { cause: error });
}

function same(a: ShmSinkStream, b: ShmSinkStream | undefined): boolean {
  return (
    b !== undefined &&
    a.camera === b.camera &&
    a.stream === b.stream &&
    a.ring === b.ring &&
    a.caps === b.caps &&
    a.areaBytes === b.areaBytes
  );
}
