/** A single frame of a JPEG pad: the newest if it is fresh, else the next. */
import { TeecamError } from '../base/error.js';
import { accepting } from '../stream/filter.js';
import type { AnyMessage, Packet } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { FirstFrameGate, isFresh } from './freshness.js';

export interface StillFrame {
  sequence: number;
  ptsNs: number;
  captureRealtimeNs: number;
  jpeg: Buffer;
}

export class NextFrame {
  readonly #pad: Pad;
  readonly #deadlineMs: number;
  #pending: Promise<StillFrame> | null = null;

  constructor(pad: Pad, deadlineMs: number) {
    this.#pad = pad;
    this.#deadlineMs = deadlineMs;
  }

  /** Requests that wait at the same time get the same frame. Throws `unavailable` past the deadline. */
  async take(): Promise<StillFrame> {
    const newest = this.#pad.latest();
    try {
      if (newest && isFresh(newest.data)) return still(newest.data);
    } finally {
      newest?.release();
    }
    this.#pending ??= this.#wait().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  #wait(): Promise<StillFrame> {
    const { promise, resolve, reject } = withResolvers<StillFrame>();
    const gate = new FirstFrameGate();
    const connection = this.#pad.connect({
      rejects: accepting('packet', 'exit'),
      deliver(message: AnyMessage) {
        if (message.type === 'exit') reject(unavailable('the stream ended'));
        else if (message.type === 'packet' && gate.passes(message.data)) resolve(still(message.data));
        message.release();
      },
      info: () => ({ kind: 'picture' }),
    });
    const timer = setTimeout(() => reject(unavailable('no frame came')), this.#deadlineMs);
    return promise.finally(() => {
      clearTimeout(timer);
      connection.disconnect();
    });
  }
}

/** A copy: pictures wait in encoders and caches, and the payload goes back to its pool. */
function still(packet: Packet): StillFrame {
  const { sequence, ptsNs, captureRealtimeNs } = packet;
  return { sequence, ptsNs, captureRealtimeNs, jpeg: Buffer.from(packet.payload) };
}

function unavailable(why: string): TeecamError {
  return new TeecamError('unavailable', `there is no picture now: ${why}`, {
    expose: true,
    details: { retryAfterS: 2 },
  });
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
