import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock, type Timer } from '../base/clock.js';
import { codeOf, errorCodes, messageOf, TeecamError } from '../base/error.js';
import type {
  NativePort,
  RtspCodec,
  RtspEvent,
  RtspMountStats,
  RtspOptions,
  RtspServerHandle,
} from '../native/port.js';
import type { SessionBook } from '../session/book.js';
import { RtspViewers } from './rtsp-viewers.js';

/** A stream that has RTSP as a way out, and the ring that it is read from. */
export interface RtspStream {
  camera: string;
  stream: string;
  /** Path of the ring. */
  ring: string;
  codec: RtspCodec;
  /** Frames that may wait to be sent. */
  backlog: number;
}

export interface RtspDependencies {
  native: Pick<NativePort, 'createRtspServer'>;
  book: SessionBook;
  onEvent?: (event: RtspEvent) => void;
  /** What a poll of the server's numbers ran into. */
  onError?: (error: unknown) => void;
  clock?: Clock;
}

const POLL_MS = 1000;

/**
 * The RTSP server as the rest of the appliance sees it. Media never passes
 * here: the server reads the rings by itself, on threads of its own.
 */
export class RtspOutput {
  readonly #handle: RtspServerHandle;
  readonly #poll: Timer;
  readonly #book: SessionBook;
  readonly #viewers: RtspViewers;
  readonly #onError: (error: unknown) => void;
  /** Path → what is mounted there. */
  readonly #mounted = new Map<string, RtspStream>();
  #stats: ReadonlyMap<string, RtspMountStats> = new Map();
  /** As it was told last. */
  #room: Readonly<Record<string, number>> = {};
  #changes: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(handle: RtspServerHandle, { book, onError, clock = systemClock }: RtspDependencies) {
    this.#handle = handle;
    this.#book = book;
    this.#onError = (error) => onError?.(error);
    this.#viewers = new RtspViewers(book, (client) => this.#endClient(client));
    this.#poll = clock.every(POLL_MS, () => void this.refresh().catch(this.#onError));
  }

  /** Throws `address-in-use`, `no-permission` or `failed`. */
  static async listen(options: RtspOptions, dependencies: RtspDependencies): Promise<RtspOutput> {
    const { native, onEvent } = dependencies;
    try {
      let output: RtspOutput | null = null;
      const handle = await native.createRtspServer(options, (event) => {
        if (output) output.#hear(event);
        onEvent?.(event);
      });
      output = new RtspOutput(handle, dependencies);
      return output;
    } catch (error) {
      const code = errorCodes.find((known) => known === codeOf(error)) ?? 'failed';
      throw new TeecamError(code, messageOf(error), {
        cause: error,
        details: { host: options.host, port: options.port },
      });
    }
  }

  /** The port it listens on, also where 0 was asked for. */
  get port(): number {
    return this.#handle.port;
  }

  /**
   * Mounts exactly these, `/CAM/STREAM` each and `/CAM` for a camera's first
   * H.264 stream. Clients of what is no longer there are ended, the others
   * notice nothing.
   */
  setStreams(streams: readonly RtspStream[]): Promise<void> {
    const change = this.#changes.then(() => this.#mount(paths(streams)));
    this.#changes = change.catch(() => {}); // the caller hears of it; the next change goes on from what is there
    return change;
  }

  /** Numbers of the last second by `/CAM/STREAM`; viewers of `/CAM` are counted with the stream they watch. */
  get stats(): ReadonlyMap<string, RtspMountStats> {
    return this.#stats;
  }

  /** The server lets in as many as the limits leave room for; to be called when other viewers come and go. */
  makeRoom(): void {
    if (this.#closed === undefined) void this.#tellRoom([...this.#mounted.values()]).catch(this.#onError);
  }

  /** Asks for the numbers now. */
  async refresh(): Promise<ReadonlyMap<string, RtspMountStats>> {
    if (this.#closed !== undefined) return this.#stats;
    const byStream = new Map<string, RtspMountStats>();
    this.#viewers.measure(await this.#handle.clients());
    for (const mount of await this.#handle.stats()) {
      const stream = this.#mounted.get(mount.path);
      if (!stream) continue; // unmounted meanwhile
      const path = streamPath(stream);
      byStream.set(path, sum(path, byStream.get(path), mount));
    }
    this.#stats = byStream;
    return byStream;
  }

  /** Ends every client. */
  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#poll.cancel();
    await this.#changes;
    await this.#handle.close();
    this.#viewers.close();
    this.#mounted.clear();
    this.#stats = new Map();
  }

  #hear(told: RtspEvent): void {
    if (told.event === 'stopped') this.#viewers.stopped(told);
    else if (told.event === 'disconnected') this.#viewers.disconnected(told);
    else if (told.event === 'playing' || told.event === 'full') {
      const stream = this.#mounted.get(told.path);
      if (!stream) return; // unmounted meanwhile, which ends it
      if (told.event === 'full') this.#viewers.refused(told, stream);
      else this.#viewers.playing(told, stream);
    }
  }

  #endClient(client: string): void {
    this.#handle.endClient(client).catch((error: unknown) => {
      // It may have left by itself, and the server may be closing: both end it.
      const code = codeOf(error);
      if (code !== 'not-found' && code !== 'closed') this.#onError(error);
    });
  }

  async #tellRoom(streams: readonly RtspStream[]): Promise<void> {
    const room: Record<string, number> = {};
    for (const { camera, stream } of streams) {
      Object.assign(room, this.#book.roomFor('rtsp', camera, stream));
    }
    if (isDeepStrictEqual(room, this.#room)) return;
    this.#room = room;
    await this.#handle.setRoom(room);
  }

  async #mount(wanted: ReadonlyMap<string, RtspStream>): Promise<void> {
    for (const [path, stream] of this.#mounted) {
      if (same(stream, wanted.get(path))) continue;
      this.#mounted.delete(path);
      await this.#handle.unmount(path);
    }
    await this.#tellRoom([...wanted.values()]);
    for (const [path, stream] of wanted) {
      const mounted = this.#mounted.get(path);
      if (mounted) {
        if (mounted.backlog !== stream.backlog) await this.#handle.setBacklog(path, stream.backlog);
        this.#mounted.set(path, stream);
        continue;
      }
      const { ring, codec, backlog } = stream;
      await this.#handle.mount({ path, ring, codec, backlog, place: `${stream.camera}/${stream.stream}` });
      this.#mounted.set(path, stream);
    }
  }
}

function streamPath({ camera, stream }: RtspStream): string {
  return `/${camera}/${stream}`;
}

function paths(streams: readonly RtspStream[]): Map<string, RtspStream> {
  const all = new Map<string, RtspStream>();
  for (const stream of streams) {
    all.set(streamPath(stream), stream);
    const alias = `/${stream.camera}`;
    if (stream.codec !== 'jpeg' && !all.has(alias)) all.set(alias, stream);
  }
  return all;
}

function same(a: RtspStream, b: RtspStream | undefined): boolean {
  return b !== undefined && streamPath(a) === streamPath(b) && a.ring === b.ring && a.codec === b.codec;
}

function sum(path: string, one: RtspMountStats | undefined, other: RtspMountStats): RtspMountStats {
  if (!one) return { ...other, path };
  return {
    path,
    playing: one.playing + other.playing,
    frames: one.frames + other.frames,
    dropped: one.dropped + other.dropped,
    // The age of a mount that nobody watches is that of its last viewer's last frame.
    ageNs: other.playing > 0 ? other.ageNs : one.ageNs,
  };
}
