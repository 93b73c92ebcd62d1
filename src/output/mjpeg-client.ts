/** One HTTP client of an MJPEG stream: a target that holds at most two frames. */
import type { ServerResponse } from 'node:http';
import type { Session } from '../session/session.js';
import { accepting } from '../stream/filter.js';
import type { AnyMessage, Message } from '../stream/message.js';
import type { Target } from '../stream/target.js';
import { FirstFrameGate } from './freshness.js';
import { BoundedWriter, responseSink } from './http-viewer.js';
import { CLOSING, CLOSING_AND_ADVANCE, OPENING, partHeaders } from './mjpeg-part.js';
import { NewestFrame } from './newest-frame.js';
import { Pace } from './pace.js';

export interface MjpegRequest {
  /** Frames a second at most; null: all of them. */
  fps: number | null;
  advance: boolean;
}

export class MjpegClient implements Target {
  readonly rejects = accepting('packet', 'exit');
  readonly #response: ServerResponse;
  readonly #session: Session;
  readonly #newest: NewestFrame;
  readonly #pace: Pace | null;
  readonly #advance: boolean;
  readonly #gate = new FirstFrameGate();
  #opened = false;
  #ended = false;

  constructor(response: ServerResponse, options: MjpegRequest, session: Session) {
    this.#response = response;
    this.#session = session;
    // One frame is under way at a time, so the bound never comes into play.
    const writer = new BoundedWriter(responseSink(response), session, 0);
    this.#newest = new NewestFrame(writer, session, (message) => this.#parts(message));
    this.#pace = options.fps === null ? null : new Pace(options.fps);
    this.#advance = options.advance;
  }

  get frames(): number {
    return this.#newest.frames;
  }

  /** Frames that the client was too slow for. */
  get skipped(): number {
    return this.#newest.skipped;
  }

  deliver(message: AnyMessage): void {
    if (message.type !== 'packet' || this.#ended) {
      const last = message.type === 'exit';
      message.release();
      if (last && !this.#ended) this.leave('stream-gone');
    } else if (!this.#gate.passes(message.data) || this.#pace?.takes(message.data.ptsNs) === false) {
      message.release();
    } else {
      this.#newest.offer(message);
    }
  }

  /** Ends the answer behind what is under way. */
  leave(reason: 'stream-gone' | 'failed'): void {
    this.#session.leaving(reason);
    this.#response.end();
  }

  /** The connection is gone: nothing of ours is being written any more. */
  end(): void {
    this.#ended = true;
    this.#newest.end();
  }

  info(): Record<string, unknown> {
    const { remoteAddress, remotePort } = this.#response.socket ?? {};
    return {
      kind: 'mjpeg',
      client: `${remoteAddress}:${remotePort}`,
      frames: this.frames,
      skipped: this.skipped,
      inFlight: this.#newest.busy,
    };
  }

  #parts({ data }: Message<'packet'>): Buffer[] {
    const { buffer, byteOffset, byteLength } = data.payload;
    const parts: Buffer[] = [];
    // In front of every part but the first, the boundary is already there, and with `advance` the headers too.
    if (!this.#opened) parts.push(OPENING);
    if (!this.#opened || !this.#advance) parts.push(partHeaders(data));
    parts.push(Buffer.from(buffer, byteOffset, byteLength), this.#advance ? CLOSING_AND_ADVANCE : CLOSING);
    this.#opened = true;
    return parts;
  }
}
