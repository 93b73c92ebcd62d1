/** One HTTP client of an MJPEG stream: a target that holds at most two frames, one on its way and one waiting. */
import type { ServerResponse } from 'node:http';
import type { Session } from '../session/session.js';
import { accepting } from '../stream/filter.js';
import type { AnyMessage, Message } from '../stream/message.js';
import type { Target } from '../stream/target.js';
import { ageNs, FirstFrameGate } from './freshness.js';
import { BoundedWriter, responseSink } from './http-viewer.js';
import { CLOSING, CLOSING_AND_ADVANCE, MJPEG_TYPE, OPENING, partHeaders } from './mjpeg-part.js';
import { Pace } from './pace.js';

const headers = {
  'Content-Type': MJPEG_TYPE,
  'Cache-Control': 'no-store, no-cache, must-revalidate, max-age=0',
  Pragma: 'no-cache',
  Expires: '0',
  // A proxy that collects before it passes on would turn live into late.
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

export interface MjpegRequest {
  /** Frames a second at most; null: all of them. */
  fps: number | null;
  advance: boolean;
}

/**
 * Sets the head without sending it. No chunked encoding: simple clients look for
 * the boundary in the bare stream.
 */
export function setMjpegHead(response: ServerResponse): void {
  response.statusCode = 200;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.removeHeader('Transfer-Encoding');
}

/** Takes it back, for an answer of another kind. */
export function unsetMjpegHead(response: ServerResponse): void {
  for (const name of Object.keys(headers)) response.removeHeader(name);
}

export class MjpegClient implements Target {
  readonly rejects = accepting('packet', 'exit');
  readonly #response: ServerResponse;
  readonly #session: Session;
  readonly #writer: BoundedWriter;
  readonly #pace: Pace | null;
  readonly #advance: boolean;
  readonly #gate = new FirstFrameGate();
  #inFlight: Message<'packet'> | null = null;
  #waiting: Message<'packet'> | null = null;
  #opened = false;
  #ended = false;
  #frames = 0;
  #skipped = 0;

  constructor(response: ServerResponse, options: MjpegRequest, session: Session) {
    this.#response = response;
    this.#session = session;
    // One frame is under way at a time, so the bound never comes into play.
    this.#writer = new BoundedWriter(responseSink(response), session, 0);
    this.#pace = options.fps === null ? null : new Pace(options.fps);
    this.#advance = options.advance;
  }

  get frames(): number {
    return this.#frames;
  }

  /** Frames that the client was too slow for. */
  get skipped(): number {
    return this.#skipped;
  }

  deliver(message: AnyMessage): void {
    if (message.type !== 'packet' || this.#ended) {
      const last = message.type === 'exit';
      message.release();
      if (last && !this.#ended) this.leave('stream-gone');
    } else if (!this.#gate.passes(message.data) || this.#pace?.takes(message.data.ptsNs) === false) {
      message.release();
    } else if (this.#inFlight) {
      if (this.#waiting) this.#skip();
      this.#waiting = message;
    } else {
      this.#send(message);
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
    this.#waiting?.release();
    this.#waiting = null;
    this.#inFlight?.release();
    this.#inFlight = null;
  }

  info(): Record<string, unknown> {
    const { remoteAddress, remotePort } = this.#response.socket ?? {};
    return {
      kind: 'mjpeg',
      client: `${remoteAddress}:${remotePort}`,
      frames: this.#frames,
      skipped: this.#skipped,
      inFlight: this.#inFlight !== null,
    };
  }

  #skip(): void {
    this.#waiting?.release();
    this.#skipped += 1;
    this.#session.dropped(1);
  }

  #send(message: Message<'packet'>): void {
    this.#inFlight = message;
    const packet = message.data;
    const { buffer, byteOffset, byteLength } = packet.payload;
    const parts: Buffer[] = [];
    // In front of every part but the first, the boundary is already there, and with `advance` the headers too.
    if (!this.#opened) parts.push(OPENING);
    if (!this.#opened || !this.#advance) parts.push(partHeaders(packet));
    parts.push(Buffer.from(buffer, byteOffset, byteLength), this.#advance ? CLOSING_AND_ADVANCE : CLOSING);
    // Written means handed to the kernel: only then may the payload become another frame.
    this.#writer.write(parts, { frames: 1, ageMs: ageNs(packet) / 1e6 }, () => this.#sent(message));
    this.#opened = true;
    this.#frames += 1;
  }

  #sent(message: Message<'packet'>): void {
    message.release();
    if (this.#ended || this.#inFlight !== message) return;
    this.#inFlight = null;
    const next = this.#waiting;
    this.#waiting = null;
    if (next) this.#send(next);
  }
}
