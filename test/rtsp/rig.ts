/** A ring that is filled, the RTSP server in this process, and real clients. Everything ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../src/native/load.js';
import type { RtspEvent, RtspMountStats, RtspOptions, RtspServerHandle } from '../../src/native/port.js';

const built = (name: string) => fileURLToPath(new URL(`../../../build/Release/${name}`, import.meta.url));
const feederPath = built('teecam-ring-feeder');
export const viewerPath = built('teecam-rtsp-viewer');

export interface Source {
  codec?: 'h264' | 'jpeg';
  width?: number;
  height?: number;
  framerate?: number;
  /** Frames from key frame to key frame, when nobody asks for one. */
  gop?: number;
  /** From 4000 on the picture is noise. */
  kbits?: number;
  /** Milliseconds from capture to publication. */
  age?: number;
}

export type Transport = 'tcp' | 'udp' | 'http' | 'multicast';

export function newRingPath(t: TestContext): string {
  const path = `/dev/shm/teecam.t${randomBytes(6).toString('hex')}.test.stream`;
  t.after(() => rmSync(path, { force: true }));
  return path;
}

/** A process that ends with the test. */
export function start(t: TestContext, command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return child;
}

/** Fills the ring; resolves when the first frame is in it. */
export async function feed(t: TestContext, ring: string, source: Source = {}): Promise<ChildProcess> {
  const {
    codec = 'h264',
    width = 320,
    height = 180,
    framerate = 15,
    gop = 60,
    kbits = 1000,
    age = 0,
  } = source;
  const numbers = [width, height, framerate, gop, kbits, age].map(String);
  const feeder = start(t, feederPath, [ring, codec, ...numbers]);
  await firstLine(feeder);
  return feeder;
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child;
  if (!stdout) throw new Error('no standard output');
  const [line] = (await once(createInterface(stdout), 'line', { signal: AbortSignal.timeout(10_000) })) as [
    string,
  ];
  return line;
}

export class Server {
  readonly events: RtspEvent[] = [];
  #handle: RtspServerHandle | undefined;

  static async listen(t: TestContext, options: Partial<RtspOptions> = {}): Promise<Server> {
    const server = new Server();
    server.#handle = await loadNative().createRtspServer(
      { host: '127.0.0.1', port: 0, udpPorts: [18_000, 18_200], multicast: null, users: null, ...options },
      (event) => server.events.push(event),
    );
    t.after(() => server.close());
    return server;
  }

  get handle(): RtspServerHandle {
    if (!this.#handle) throw new Error('closed');
    return this.#handle;
  }

  url(path: string, host = '127.0.0.1'): string {
    return `rtsp://${host}:${this.handle.port}${path}`;
  }

  async stats(path: string): Promise<RtspMountStats> {
    const stats = (await this.handle.stats()).find((one) => one.path === path);
    if (!stats) throw new Error(`${path} is not mounted`);
    return stats;
  }

  playing(path: string, count: number): Promise<unknown> {
    return until(`${count} viewers of ${path}`, async () => (await this.stats(path)).playing === count);
  }

  /** Of `client`, or of any. */
  happened(event: RtspEvent['event'], client?: string): RtspEvent | undefined {
    return this.events.find(
      (one) => one.event === event && (client === undefined || ('client' in one && one.client === client)),
    );
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** A server with one mount, `/cam/stream`, of a ring that is being filled. */
export async function serve(t: TestContext, source: Source = {}, options: Partial<RtspOptions> = {}) {
  const ring = newRingPath(t);
  const feeder = await feed(t, ring, source);
  const server = await Server.listen(t, options);
  await server.handle.mount({ path: '/cam/stream', ring, codec: source.codec ?? 'h264', backlog: 30 });
  return { ring, feeder, server, url: server.url('/cam/stream') };
}

export interface SeenPicture {
  width: number;
  height: number;
  /** Capture to decoded picture; null until a sender report has come. */
  ageMs: number | null;
  atMs: number;
}

/** GStreamer's own client. */
export class Viewer {
  readonly pictures: SeenPicture[] = [];
  readonly process: ChildProcess;

  constructor(t: TestContext, url: string, transport: Transport) {
    // GStreamer reads the tunnel from the scheme.
    const location = transport === 'http' ? url.replace(/^rtsp:/, 'rtsph:') : url;
    this.process = start(t, viewerPath, [location, transport]);
    if (!this.process.stdout) throw new Error('no standard output');
    createInterface(this.process.stdout).on('line', (line) => {
      const [width, height, age] = line.split(' ');
      this.pictures.push({
        width: Number(width),
        height: Number(height),
        ageMs: age === '-' ? null : Number(age) / 1e6,
        atMs: performance.now(),
      });
    });
  }

  /** So many more pictures than now. */
  sees(count: number, limitMs = 10_000): Promise<unknown> {
    const wanted = this.pictures.length + count;
    return until(`${count} more pictures`, () => this.pictures.length >= wanted, limitMs);
  }
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export async function run(t: TestContext, command: string, args: readonly string[]): Promise<Ended> {
  const child = start(t, command, args);
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => (ended.stdout += data));
  child.stderr?.on('data', (data) => (ended.stderr += data));
  [ended.code] = (await once(child, 'close', { signal: AbortSignal.timeout(40_000) })) as [number | null];
  return ended;
}

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await delay(20);
  }
}

/** How many descriptors of this process are open on the file. */
export function descriptorsOn(path: string): number {
  let count = 0;
  for (const name of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${name}`).startsWith(path)) count++;
    } catch {
      // closed between the listing and the look
    }
  }
  return count;
}
