/** An H.264 stream as MPEG-TS and MP4 over HTTP, and as MP4 over a WebSocket. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import { withDeadline } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Container } from '../native/port.js';
import type { Audience } from '../session/audience.js';
import { admitHttp, BoundedWriter, responseSink } from './http-viewer.js';
import { setLiveHead } from './live-head.js';
import { MuxedStream, type MuxedStreamOptions } from './muxed-stream.js';
import { MuxedViewer } from './muxed-viewer.js';
import { admitSocket, leaveSocket, socketSink } from './socket-viewer.js';

/** A camera that starts shows its slate within a second. */
const FIRST_FRAME_MS = 5000;

const types: Readonly<Record<Container, string>> = { ts: 'video/mp2t', mp4: 'video/mp4' };

export interface MuxedStats {
  /** Viewers of each. */
  ts: number;
  mp4: number;
  ws: number;
  /** Muxers that read the ring. */
  readers: number;
  /** Put into containers since the start. */
  frames: number;
  /** Of these, lost since the appliance was too busy to take them. */
  dropped: number;
}

export interface MuxedMediaOptions extends Omit<MuxedStreamOptions, 'container'> {
  audience: Audience;
}

export class MuxedMedia {
  readonly #audience: Audience;
  readonly #streams: Readonly<Record<Container, MuxedStream>>;
  #sockets = 0;

  constructor({ audience, ...options }: MuxedMediaOptions) {
    this.#audience = audience;
    this.#streams = {
      ts: new MuxedStream({ ...options, container: 'ts' }),
      mp4: new MuxedStream({ ...options, container: 'mp4' }),
    };
  }

  /**
   * Resolves when the response was taken over; it ends with the stream, and an
   * MP4 also when the stream becomes another one. In chunked encoding, for
   * ffmpeg takes an end without for a broken connection. Rejects, with nothing
   * sent: `full` where a limit is reached, `unavailable` when no frame comes.
   */
  async http(container: Container, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'HEAD') {
      setLiveHead(response, types[container]);
      response.end();
      return;
    }
    if (response.destroyed || request.socket.destroyed) return;
    const throttle = this.#audience.throttle();
    const session = admitHttp(this.#audience, container, request, response, throttle.mode);
    try {
      const view = this.#streams[container].watch();
      const writer = new BoundedWriter(responseSink(response), session, this.#audience.backlogBytes);
      const viewer = new MuxedViewer(view, writer, session, throttle);
      response.once('close', () => viewer.close());
      try {
        if (!(await withDeadline(viewer.begin(), FIRST_FRAME_MS, noFrame))) throw noFrame();
      } catch (error) {
        viewer.close();
        throw error;
      }
      setLiveHead(response, types[container]);
      void viewer.pour().then((reason) => {
        session.leaving(reason);
        response.end();
      });
    } catch (error) {
      session.closed('failed');
      throw error;
    }
  }

  /**
   * The MIME type as a text, the header, and fragments; all of it again when
   * the stream becomes another one. Throws `full`, with nothing sent, where a
   * limit is reached; what it returns takes the client over.
   */
  socket(request: IncomingMessage): (client: WebSocket) => void {
    const throttle = this.#audience.throttle();
    const session = admitSocket(this.#audience, request, throttle.mode);
    return (client) => {
      // A client that resets its connection is no error of ours; `close` follows.
      client.on('error', () => client.terminate());
      try {
        const view = this.#streams.mp4.watch();
        const writer = new BoundedWriter(socketSink(client), session, this.#audience.backlogBytes);
        const viewer = new MuxedViewer(view, writer, session, throttle);
        this.#sockets += 1;
        client.once('close', () => {
          this.#sockets -= 1;
          viewer.close();
        });
        const tell = (codecs: string) => client.send(`${types.mp4}; codecs="${codecs}"`);
        void viewer.pourAll(tell).then(() => leaveSocket(client, session, 'stream-gone'));
      } catch {
        leaveSocket(client, session, 'failed'); // it comes again
      }
    };
  }

  stats(): MuxedStats {
    const { ts, mp4 } = this.#streams;
    const [one, other] = [ts.stats, mp4.stats];
    return {
      frames: one.frames + other.frames,
      dropped: one.dropped + other.dropped,
      ts: ts.viewers,
      mp4: mp4.viewers - this.#sockets,
      ws: this.#sockets,
      readers: [ts, mp4].filter(({ ended }) => !ended).length,
    };
  }

  /** Ends every viewer. */
  close(): void {
    for (const stream of Object.values(this.#streams)) stream.close();
  }
}

function noFrame(): TeecamError {
  return new TeecamError('unavailable', 'the stream gives no frame now', {
    expose: true,
    details: { retryAfterS: 2 },
  });
}
