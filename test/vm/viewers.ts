import { Ring } from '../../src/index.js';
import type { RunningAppliance } from '../support/appliance.js';
import { MjpegViewer } from '../support/mjpeg-viewer.js';
import { PacketViewer } from '../support/rtsp-clients.js';
import { until } from '../support/until.js';

interface Seen {
  slate: boolean;
  /** CLOCK_MONOTONIC, as `process.hrtime`. */
  publishedNs: number;
}

/** Longer than any test. */
const seconds = 3600;
const withinMs = 60_000;

/** Who watches a camera by RTSP, by MJPEG and in a ring, and stays whatever becomes of it. */
export class Viewers implements AsyncDisposable {
  readonly #ring: Ring;
  readonly #seen: Seen[] = [];
  readonly #rtsp: PacketViewer;
  readonly #mjpeg: MjpegViewer;
  #missed = 0;
  #ringEnded = false;

  private constructor(ring: Ring, rtsp: PacketViewer, mjpeg: MjpegViewer) {
    this.#ring = ring;
    this.#rtsp = rtsp;
    this.#mjpeg = mjpeg;
    void this.#watch();
  }

  /** Of its streams `high`, `low` and `analysis`; resolves when all have pictures. */
  static async open(appliance: RunningAppliance, camera: string): Promise<Viewers> {
    const [high, low] = await Promise.all(['high', 'low'].map((name) => appliance.stream(camera, name)));
    const ring = Ring.open(camera, 'analysis', { instance: appliance.instance });
    const rtsp = new PacketViewer(high?.addresses.rtsp ?? '', seconds);
    const mjpeg = await MjpegViewer.open(low?.addresses.mjpeg ?? '');
    const viewers = new Viewers(ring, rtsp, mjpeg);
    await viewers.seeMore('pictures');
    return viewers;
  }

  /** None was sent away, and the ring's reader missed nothing. */
  get stayed(): boolean {
    return this.#rtsp.running && !this.#mjpeg.ended && !this.#ringEnded;
  }

  get missed(): number {
    return this.#missed;
  }

  /** Each of them gets new pictures. */
  async seeMore(what: string): Promise<void> {
    const counts = () => [this.#rtsp.packets.length, this.#mjpeg.parts.length, this.#seen.length];
    const before = counts();
    await until(
      `all see ${what}`,
      () => this.stayed && counts().every((count, i) => count >= (before[i] ?? 0) + 3),
      { withinMs },
    );
  }

  /** Milliseconds from then to the first frame in the ring that is one of the slate, or of the camera. */
  async until(kind: 'slate' | 'live', sinceNs: bigint): Promise<number> {
    const slate = kind === 'slate';
    const first = await until(
      `a frame: ${kind}`,
      () => this.#seen.find((one) => one.slate === slate && BigInt(Math.round(one.publishedNs)) > sinceNs),
      { withinMs },
    );
    return Math.round((first.publishedNs - Number(sinceNs)) / 1e6);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ring.close();
    this.#mjpeg[Symbol.dispose]();
    await this.#rtsp[Symbol.asyncDispose]();
  }

  async #watch(): Promise<void> {
    for await (using frame of this.#ring) {
      const { slate, publishedNs } = frame.info;
      this.#seen.push({ slate, publishedNs });
      this.#missed = this.#ring.missed;
    }
    this.#ringEnded = true;
  }
}
