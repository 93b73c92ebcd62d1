import { RunningAppliance } from '../test/support/appliance.js';
import { python } from '../test/support/ring-readers.js';
import { PacketViewer } from '../test/support/rtsp-clients.js';
import { until } from '../test/support/until.js';
import { MjpegCounter } from './frame-counters.js';
import type { BenchSource } from './source.js';

/** What x264enc and jpegenc take in the plain pipeline, where they are told nothing. */
const [bitrate, quality] = [2_048_000, 85];

/** The specification's streams. */
const streams = {
  high: { codec: 'h264', width: 1920, height: 1080, framerate: 30, bitrate },
  medium: { codec: 'jpeg', width: 1280, height: 720, framerate: 30, quality },
  low: { codec: 'jpeg', width: 640, height: 480, framerate: 15, quality },
  analysis: { codec: 'raw', format: 'NV12', width: 1920, height: 1080, framerate: 30 },
};
type StreamName = keyof typeof streams;

/** Teecam with the plain pipeline's streams; nobody watches until `watch`. */
export class WatchedAppliance implements AsyncDisposable {
  readonly #appliance: RunningAppliance;
  readonly #viewers: AsyncDisposable[] = [];

  private constructor(appliance: RunningAppliance) {
    this.#appliance = appliance;
  }

  static async start({ uri, capture }: BenchSource): Promise<WatchedAppliance> {
    // A busy machine is to show in the figures, not in what is done.
    const front = { source: uri, capture, ladder: [], streams };
    const appliance = await RunningAppliance.start({ cameras: { front } });
    const watched = new WatchedAppliance(appliance);
    try {
      await appliance.ready();
      return watched;
    } catch (error) {
      await watched[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    return this.#appliance.pid;
  }

  /** Somebody on every stream, as on the plain pipeline; resolves when all have frames. */
  async watch(): Promise<void> {
    const high = this.#viewer(new PacketViewer(await this.#address('high', 'rtsp'), longestSeconds));
    const counters = await Promise.all(
      (['medium', 'low'] as const).map(async (name) => {
        const { port, pathname } = new URL(await this.#address(name, 'mjpeg'));
        return this.#viewer(await MjpegCounter.open(Number(port), pathname));
      }),
    );
    const analysis = this.#viewer(
      python('read_ring.py', ['front', 'analysis', this.#appliance.instance, `${longestSeconds}`]),
    );
    await until(
      'frames at every viewer',
      () =>
        high.packets.length > 0 &&
        counters.every(({ frames }) => frames > 0) &&
        analysis.stderr.includes('first frame'),
      { withinMs: 20_000 },
    );
  }

  /** Frames published by stream, so far. */
  async frames(): Promise<Map<string, number>> {
    const camera = await this.#appliance.camera('front');
    if (camera.state !== 'live') throw new Error(`the camera is ${camera.state}: ${camera.detail}`);
    return new Map(camera.streams.map(({ name, published }) => [name, published]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const viewer of this.#viewers) await viewer[Symbol.asyncDispose]();
    await this.#appliance[Symbol.asyncDispose]();
  }

  #viewer<T extends AsyncDisposable>(viewer: T): T {
    this.#viewers.push(viewer);
    return viewer;
  }

  async #address(stream: StreamName, kind: 'rtsp' | 'mjpeg'): Promise<string> {
    const address = (await this.#appliance.stream('front', stream)).addresses[kind];
    if (!address) throw new Error(`front/${stream} has no address for ${kind}`);
    return address;
  }
}

/** For viewers that end by themselves: longer than anybody measures. */
const longestSeconds = 600;
