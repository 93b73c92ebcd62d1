import { Child, output } from './child.js';

export type Transport = 'udp' | 'tcp';

export interface Probed {
  codec_name: string;
  profile: string;
  width: number;
  height: number;
  avg_frame_rate: string;
  r_frame_rate: string;
}

/** What ffprobe sees of the first video stream. */
export async function ffprobe(url: string, transport: Transport, withinMs = 30_000): Promise<Probed> {
  const what = ['-select_streams', 'v:0', '-show_streams', '-of', 'json'];
  const { stdout } = await output(
    'ffprobe',
    ['-v', 'error', '-rtsp_transport', transport, ...what, url],
    withinMs,
  );
  const { streams } = JSON.parse(stdout) as { streams: Probed[] };
  if (!streams[0]) throw new Error(`ffprobe saw no video at ${url}`);
  return streams[0];
}

export interface Packet {
  pts: number;
  size: number;
  checksum: string;
}

/** A viewer that keeps the encoded packets as they come: ffmpeg, which copies without decoding. */
export class PacketViewer implements AsyncDisposable {
  readonly #child: Child;

  constructor(url: string, seconds: number, transport: Transport = 'tcp') {
    this.#child = new Child('ffmpeg', [
      ...[
        '-v',
        'error',
        '-rtsp_transport',
        transport,
        '-i',
        url,
        '-t',
        `${seconds}`,
        '-map',
        '0:v',
        '-c',
        'copy',
      ],
      ...['-flush_packets', '1', '-f', 'framecrc', '-'],
    ]);
  }

  /** So far. Lines are `stream, dts, pts, duration, size, checksum`. */
  get packets(): Packet[] {
    return this.#child.stdout
      .split('\n')
      .filter((line) => /^0,.*0x/.test(line))
      .map((line) => line.split(',').map((field) => field.trim()))
      .map(([, , pts, , size, checksum]) => ({
        pts: Number(pts),
        size: Number(size),
        checksum: checksum ?? '',
      }));
  }

  get running(): boolean {
    return this.#child.running;
  }

  async end(withinMs: number): Promise<Packet[]> {
    const { code } = await this.#child.end(withinMs);
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}: ${this.#child.stderr.slice(-2000)}`);
    return this.packets;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}

export interface Decoded {
  frames: number;
  /** What the decoder complained about; a whole picture draws no complaint. */
  complaints: string;
}

/** Decodes for some seconds, as ffplay would. */
export async function decode(url: string, transport: Transport, seconds: number): Promise<Decoded> {
  const child = await output(
    'ffmpeg',
    [
      ...['-v', 'warning', '-rtsp_transport', transport, '-i', url, '-t', `${seconds}`, '-map', '0:v'],
      ...['-f', 'framecrc', '-'],
    ],
    seconds * 1000 + 30_000,
  );
  return {
    frames: child.stdout.split('\n').filter((line) => /^0,.*0x/.test(line)).length,
    complaints: child.stderr
      .split('\n')
      .filter((line) => /error|corrupt|conceal|missing|decode/i.test(line))
      .join('\n'),
  };
}
