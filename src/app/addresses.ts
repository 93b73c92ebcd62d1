import type { StreamView } from '../api/views.js';
import type { RtspCodec } from '../native/port.js';
import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile, Profile } from '../profile/profile.js';
import { hostInUrl } from './listener.js';
import { socketPath } from './socket-folder.js';
import type { Stream } from './stream.js';

/** Where everything can be opened; complete once every socket listens. */
export class Addresses {
  /** As the profile has them: a wildcard stands for all addresses of this machine. */
  readonly hosts: { http: string; rtsp: string };
  readonly #instance: string | null;
  readonly #httpHost: string;
  readonly #rtspHost: string;
  #httpPort: number;
  #rtspPort: number;
  #portOf: (camera: string, stream: string) => number | null = () => null;

  constructor({ instance, http, rtsp }: Pick<Profile, 'instance' | 'http' | 'rtsp'>) {
    this.#instance = instance;
    this.hosts = { http: http.host, rtsp: rtsp.host };
    this.#httpHost = hostInUrl(http.host);
    this.#httpPort = http.port;
    this.#rtspHost = hostInUrl(rtsp.host);
    this.#rtspPort = rtsp.port;
  }

  /** Without a slash at its end. */
  get http(): string {
    return `http://${this.#httpHost}:${this.#httpPort}`;
  }

  /** Without a slash at its end. */
  get rtsp(): string {
    return `rtsp://${this.#rtspHost}:${this.#rtspPort}`;
  }

  httpListens(port: number): void {
    this.#httpPort = port;
  }

  rtspListens(port: number): void {
    this.#rtspPort = port;
  }

  /** Who knows the ports of streams' own. */
  streamsListen(portOf: (camera: string, stream: string) => number | null): void {
    this.#portOf = portOf;
  }

  of(camera: string, stream: Stream): StreamView['addresses'] {
    const path = `/${camera}/${stream.name}`;
    const port = this.#portOf(camera, stream.name);
    return {
      rtsp: rtspCodec(stream.branch) ? `${this.rtsp}${path}` : null,
      mjpeg: stream.has('mjpeg') ? `${this.http}${path}.mjpg` : null,
      mjpegPort: port === null ? null : `http://${this.#httpHost}:${port}/`,
      ts: stream.has('ts') ? `${this.http}${path}.ts` : null,
      mp4: stream.has('mp4') ? `${this.http}${path}.mp4` : null,
      ws: stream.has('ws') ? `${this.http.replace('http', 'ws')}${path}/ws` : null,
      picture: stream.has('picture') ? `${this.http}${path}.jpg` : null,
      ring: stream.has('shm') ? stream.ring : null,
      shmsink: stream.has('shmsink') ? socketOf(this.#instance, camera, stream) : null,
    };
  }
}

/** Path of the socket of a stream that has shmsink. */
export function socketOf(instance: string | null, camera: string, { name, profile }: Stream): string {
  return profile.shmsink ?? socketPath(instance, camera, name);
}

/** RFC 2435 writes width and height of a JPEG in eight bits, as multiples of 8. */
const largestRtpJpeg = 2040;

/** As what RTSP carries a stream; null: not at all. */
export function rtspCodec(profile: BranchProfile): RtspCodec | null {
  const { codec, width, height } = profile;
  if (codec === 'raw' || !outputsOf(profile).includes('rtsp')) return null;
  return codec !== 'jpeg' || Math.max(width, height) <= largestRtpJpeg ? codec : null;
}
