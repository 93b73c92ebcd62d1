import type { StreamView } from '../api/views.js';
import { hostInUrl } from './listener.js';
import type { Stream } from './stream.js';

/** Where everything can be opened, once every socket listens. */
export class Addresses {
  /** `http://HOST:PORT`. */
  readonly http: string;
  /** `rtsp://HOST:PORT`. */
  readonly rtsp: string;
  readonly #httpHost: string;
  readonly #ports = new Map<Stream, number>();

  constructor(http: { host: string; port: number }, rtsp: { host: string; port: number }) {
    this.#httpHost = hostInUrl(http.host);
    this.http = `http://${this.#httpHost}:${http.port}`;
    this.rtsp = `rtsp://${hostInUrl(rtsp.host)}:${rtsp.port}`;
  }

  /** MJPEG on a port of its own. */
  addPort(stream: Stream, port: number): void {
    this.#ports.set(stream, port);
  }

  of(camera: string, stream: Stream): StreamView['addresses'] {
    const path = `/${camera}/${stream.name}`;
    const isJpeg = stream.profile.codec === 'jpeg';
    const port = this.#ports.get(stream);
    return {
      rtsp: hasRtsp(stream) ? `${this.rtsp}${path}` : null,
      mjpeg: isJpeg && stream.has('mjpeg') ? `${this.http}${path}.mjpg` : null,
      mjpegPort: port === undefined ? null : `http://${this.#httpHost}:${port}/`,
      picture: isJpeg && stream.has('picture') ? `${this.http}${path}.jpg` : null,
      ring: stream.has('shm') ? stream.ring : null,
    };
  }
}

/** RFC 2435 writes width and height of a JPEG in eight bits, as multiples of 8. */
const largestRtpJpeg = 2040;

export function hasRtsp(stream: Stream): boolean {
  const { profile } = stream;
  if (profile.codec === 'raw' || !stream.has('rtsp')) return false;
  return profile.codec === 'h264' || (profile.width <= largestRtpJpeg && profile.height <= largestRtpJpeg);
}
