import type { EndReason } from '../session/facts.js';
import type { Session } from '../session/session.js';
import type { Throttle } from '../session/throttle.js';
import type { Chunk } from '../stream/chunk-buffer.js';
import type { ChunkReader } from '../stream/chunk-reader.js';
import type { BoundedWriter } from './http-viewer.js';
import type { MuxedPeriod, MuxedView } from './muxed-stream.js';

/** Writes what a view brings, as fast as the client takes it and its throttle lets it. */
export class MuxedViewer {
  readonly #view: MuxedView;
  readonly #writer: BoundedWriter;
  readonly #session: Session;
  readonly #throttle: Throttle;
  #begun: { period: MuxedPeriod; reader: ChunkReader; first: Chunk } | null = null;

  constructor(view: MuxedView, writer: BoundedWriter, session: Session, throttle: Throttle) {
    this.#view = view;
    this.#writer = writer;
    this.#session = session;
    this.#throttle = throttle;
  }

  /** Waits for the first frame. False: the stream has ended, or the viewer has left. */
  async begin(): Promise<boolean> {
    this.#begun = null;
    for (let period = await this.#view.next(); period; period = await this.#view.next()) {
      const reader = this.#view.read(period);
      const { value: first } = await reader.next();
      if (!first) continue;
      this.#begun = { period, reader, first };
      return true;
    }
    return false;
  }

  /** The period that has begun. Resolves at its end, with what that is to the viewer. */
  async pour(): Promise<EndReason> {
    if (!this.#begun) return 'stream-gone';
    const { period, reader, first } = this.#begun;
    if (period.header) await this.#write(period.header.data, 0, null);
    await this.#pass(first);
    let missed = 0;
    for await (const chunk of reader) {
      this.#session.dropped(reader.lagged.chunks - missed);
      missed = reader.lagged.chunks;
      await this.#pass(chunk);
    }
    return this.#view.ended ? 'stream-gone' : 'format-changed';
  }

  /** Every period; `tell` what each is, before it begins. */
  async pourAll(tell: (codecs: string) => void): Promise<void> {
    while (await this.begin()) {
      if (this.#begun?.period.header) tell(this.#begun.period.header.codecs);
      await this.pour();
    }
  }

  /** Twice is once. */
  close(): void {
    this.#throttle.end();
    this.#view.close();
  }

  async #pass(chunk: Chunk): Promise<void> {
    await this.#writer.room(chunk.data.byteLength);
    this.#session.held(await this.#throttle.pass(chunk));
    await this.#write(chunk.data, 1, chunk.captureNs);
  }

  async #write(data: Uint8Array, frames: number, captureNs: number | null): Promise<void> {
    await this.#writer.room(data.byteLength);
    // Measured when it is handed over: what waited for room has aged.
    const ageMs = captureNs === null ? null : (Number(process.hrtime.bigint()) - captureNs) / 1e6;
    if (this.#session.state !== 'disconnected') this.#writer.write([data], { frames, ageMs });
  }
}
