/** One HTTP client of an MJPEG stream: a target that holds at most two frames, one on its way and one waiting. */
import type { ServerResponse } from 'node:http';
import { accepting } from '../stream/filter.js';
import type { AnyMessage, Message } from '../stream/message.js';
import type { Target } from '../stream/target.js';
import { FirstFrameGate } from './freshness.js';
import { CLOSING, CLOSING_AND_ADVANCE, MJPEG_TYPE, OPENING, partHeaders } from './mjpeg-part.js';
import { Pace } from './pace.js';

/** A client that takes not one byte of a frame for so long is gone, or might as well be. */
export const STALL_MS = 30_000;

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
  readonly #pace: Pace | null;
  readonly #advance: boolean;
  readonly #gate = new FirstFrameGate();
  #inFlight: Message<'packet'> | null = null;
  #waiting: Message<'packet'> | null = null;
  #opened = false;
  #ended = false;
  #frames = 0;
  #skipped = 0;

  constructor(response: ServerResponse, options: MjpegRequest, stallMs: number) {
    this.#response = response;
    this.#pace = options.fps === null ? null : new Pace(options.fps);
    this.#advance = options.advance;
    response.setTimeout(stallMs, () => {
      if (this.#inFlight) response.destroy();
    });
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
      if (last && !this.#ended) this.#response.end();
    } else if (!this.#gate.passes(message.data) || this.#pace?.takes(message.data.ptsNs) === false) {
      message.release();
    } else if (this.#inFlight) {
      if (this.#waiting) this.#skip();
      this.#waiting = message;
    } else {
      this.#send(message);
    }
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
  }

  #send(message: Message<'packet'>): void {
    this.#inFlight = message;
    const packet = message.data;
    const { buffer, byteOffset, byteLength } = packet.payload;
    const response = this.#response;
    response.cork();
    // In front of every part but the first, the boundary is already there, and with `advance` the headers too.
    if (!this.#opened) response.write(OPENING);
    if (!this.#opened || !this.#advance) response.write(partHeaders(packet));
    response.write(Buffer.from(buffer, byteOffset, byteLength));
    // Written means handed to the kernel: only then may the payload become another frame.
    response.write(this.#advance ? CLOSING_AND_ADVANCE : CLOSING, () => this.#sent(message));
    response.uncork();
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
