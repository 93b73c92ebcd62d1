import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../test/support/until.js';
import { type FrameCounter, freePort, MjpegCounter, RtpCounter, ShmCounter } from './frame-counters.js';
import { GstLaunch } from './gst-launch.js';
import type { BenchSource } from './source.js';

/**
 * The pipeline that the specification recommends, in its own words but for two places. The source is the one that
 * Teecam is measured with. `rtspsink`, which GStreamer does not have, is a UDP socket: RTP goes to one viewer without an
 * RTSP server, which costs less than any real way.
 */
const branches = (ports: { high: number; medium: number; low: number }, socket: string) => `
  t. ! queue !
    videoscale ! video/x-raw,width=1920,height=1080 !
    videorate ! video/x-raw,framerate=30/1 !
    x264enc speed-preset=ultrafast tune=zerolatency !
    rtph264pay !
    udpsink host=127.0.0.1 port=${ports.high}
  t. ! queue !
    videoscale ! video/x-raw,width=1280,height=720 !
    videorate ! video/x-raw,framerate=30/1 !
    jpegenc !
    multipartmux !
    tcpserversink host=127.0.0.1 port=${ports.medium}
  t. ! queue !
    videoscale ! video/x-raw,width=640,height=480 !
    videorate ! video/x-raw,framerate=15/1 !
    jpegenc !
    multipartmux !
    tcpserversink host=127.0.0.1 port=${ports.low}
  t. ! queue !
    shmsink socket-path=${socket} shm-size=100000000`;

/** Running, with a viewer on each branch that counts what it gets. */
export class PlainPipeline implements AsyncDisposable {
  readonly #socket = join(tmpdir(), `teecam-bench-${randomBytes(4).toString('hex')}`);
  readonly #pipeline: GstLaunch;
  readonly #viewers = new Map<string, FrameCounter>();

  private constructor(source: BenchSource, rtp: RtpCounter, ports: { medium: number; low: number }) {
    this.#viewers.set('high', rtp);
    const trunk = [...source.elements, 'tee name=t'].join(' ! ');
    this.#pipeline = new GstLaunch('-q', trunk, branches({ high: rtp.port, ...ports }, this.#socket));
  }

  static async start(source: BenchSource): Promise<PlainPipeline> {
    const ports = { medium: await freePort(), low: await freePort() };
    const plain = new PlainPipeline(source, await RtpCounter.open(), ports);
    try {
      await plain.#watch(ports);
      return plain;
    } catch (error) {
      await plain[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #watch(ports: { medium: number; low: number }): Promise<void> {
    for (const name of ['medium', 'low'] as const)
      this.#viewers.set(name, await until(`port ${ports[name]}`, () => MjpegCounter.open(ports[name])));
    await until('the socket of the raw frames', () => existsSync(this.#socket));
    this.#viewers.set('analysis', new ShmCounter(this.#socket));
    await until('frames at every viewer', () => [...this.frames.values()].every((count) => count > 0));
  }

  get pid(): number {
    this.#pipeline.mustRun();
    return this.#pipeline.pid;
  }

  /** By stream, so far. */
  get frames(): Map<string, number> {
    return new Map([...this.#viewers].map(([name, viewer]) => [name, viewer.frames]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const viewer of this.#viewers.values()) await viewer[Symbol.asyncDispose]();
    await this.#pipeline[Symbol.asyncDispose]();
    await rm(this.#socket, { force: true });
  }
}
