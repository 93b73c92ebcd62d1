import { join } from 'node:path';
import { Child } from './child.js';
import { repository } from './repository.js';
import { until } from './until.js';

const program = join(repository, 'build', 'Release', 'teecam-rtsp-camera');

export interface RtspCameraOptions {
  /** Ends in a payloader called `pay0`. */
  launch: string;
  protocols?: 'tcp' | 'udp' | 'multicast';
  /** A file with its certificate and key: then it is rtsps. */
  pem?: string;
  /** Any free one by itself. */
  port?: number;
}

/** A camera with RTSP that is not Teecam. */
export class RtspCamera implements AsyncDisposable {
  readonly address: string;
  readonly #child: Child;

  private constructor(child: Child, address: string) {
    this.#child = child;
    this.address = address;
  }

  static async start({ launch, protocols = 'tcp', pem, port = 0 }: RtspCameraOptions): Promise<RtspCamera> {
    const child = new Child(program, [protocols, `${port}`, launch, ...(pem === undefined ? [] : [pem])]);
    try {
      const address = await until('its address', () => /^rtsps?:\S+/.exec(child.stdout)?.[0] ?? null);
      return new RtspCamera(child, address);
    } catch (error) {
      await child[Symbol.asyncDispose]();
      throw error;
    }
  }

  get port(): number {
    return Number(new URL(this.address).port);
  }

  /** So far. */
  get connections(): number {
    return this.#child.stdout.split('client\n').length - 1;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

const picture = (width: number, height: number) =>
  `videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=${width},height=${height},framerate=15/1`;

/** Key frames once a second. */
export const h265 = (width: number, height: number) =>
  `${picture(width, height)} ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max=15 option-string=pools=none:frame-threads=1 ! rtph265pay name=pay0`;

export const h264 = (width: number, height: number) =>
  `${picture(width, height)} ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 threads=1 ! video/x-h264,profile=constrained-baseline ! rtph264pay name=pay0`;
