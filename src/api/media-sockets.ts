/** The WebSockets at `/CAM/STREAM/ws`: MP4 for MSE, or pictures. What clients send is ignored. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { findCamera, findStream, firstCamera } from './find.js';
import { type CameraDirectory, type MediaDirectory, type SocketFormat, socketFormats } from './ports.js';
import { badRequest, notFound } from './problem.js';
import type { CameraView, StreamView } from './views.js';

type Serve = (client: WebSocket) => void;

export class MediaSockets {
  readonly #directory: CameraDirectory;
  readonly #media: MediaDirectory;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    perMessageDeflate: false,
    // The client's own order counts; one that names none of ours is answered without.
    handleProtocols: (offered) => [...offered].find(isFormat) ?? false,
  });

  constructor(directory: CameraDirectory, media: MediaDirectory) {
    this.#directory = directory;
    this.#media = media;
  }

  /** Null: it is no address of ours. Throws a TeecamError for one that cannot be served. */
  find(request: IncomingMessage): Serve | null {
    const { url = '', headers } = request;
    const [path = '', query] = url.split('?');
    const [, first, second] = /^\/([^/]+)(?:\/([^/]+))?\/ws$/.exec(path) ?? [];
    if (first === undefined) return null;
    const short = second === undefined;
    const camera = short ? firstCamera(this.#directory) : findCamera(this.#directory, first);
    const stream = findStream(camera, short ? first : second);
    const offered = offeredFormat(headers['sec-websocket-protocol']);
    return this.#serving(request, camera, stream, offered ?? new URLSearchParams(query).get('format'));
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, serve: Serve): void {
    this.#server.handleUpgrade(request, socket, head, serve);
  }

  /** Says goodbye to every client. */
  close(): void {
    for (const client of this.#server.clients) {
      client.close(1001, 'the appliance ends');
      client.terminate();
    }
    this.#server.close();
  }

  #serving(request: IncomingMessage, camera: CameraView, stream: StreamView, wanted: string | null): Serve {
    const muxed = stream.addresses.ws === null ? undefined : this.#media.muxed(camera.name, stream.name);
    const jpeg = stream.addresses.ws === null ? undefined : this.#media.stream(camera.name, stream.name);
    const serving: Partial<Record<SocketFormat, () => Serve>> = {
      ...(muxed && { mp4: () => muxed.socket(request) }),
      ...(jpeg && { jpeg: () => jpeg.socket(request) }),
    };
    const offered = socketFormats.filter((format) => serving[format] !== undefined);
    const format = wanted ?? offered[0];
    if (format === undefined)
      throw notFound(`the profile does not offer the stream "${stream.name}" over a WebSocket`);
    if (!isFormat(format))
      throw badRequest('unknown format', [
        { field: 'format', message: `one of: ${socketFormats.join(', ')}` },
      ]);
    const serve = serving[format];
    if (serve) return serve();
    throw notFound(`the stream "${stream.name}" is not offered as ${format}, but as ${offered.join(', ')}`);
  }
}

function offeredFormat(header: string | undefined): SocketFormat | null {
  return (
    header
      ?.split(',')
      .map((one) => one.trim())
      .find(isFormat) ?? null
  );
}

function isFormat(text: string): text is SocketFormat {
  return socketFormats.some((format) => format === text);
}
