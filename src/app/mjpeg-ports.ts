import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { MjpegPort, type MjpegServing, type PortGuard } from '../output/mjpeg-port.js';
import { outputsOf } from '../profile/outputs.js';
import type { Profile } from '../profile/profile.js';
import { explainListen, hostAndPort } from './listener.js';

/** `CAM/STREAM` → the port that it wants, 0: any. */
type Wanted = ReadonlyMap<string, number>;

interface Open {
  output: MjpegPort;
  /** As the profile has it. */
  wanted: number;
  port: number;
}

/** What has been opened for a change: to be kept, or to be as if nothing had been. */
export interface PortStep {
  keep(): Promise<void>;
  undo(): Promise<void>;
}

export interface MjpegPortsOptions {
  host: string;
  /** Stands before each of them. */
  guard: PortGuard;
  /** What a port gives; asked at each request, since streams come and go. Throws when there is no such stream. */
  serving(camera: string, stream: string): MjpegServing;
  log: Log;
}

/** MJPEG on ports of streams' own. */
export class MjpegPorts {
  readonly #options: MjpegPortsOptions;
  #open: ReadonlyMap<string, Open> = new Map();
  /** Those of a change under way too. */
  readonly #listening = new Set<MjpegPort>();
  #closed = false;

  constructor(options: MjpegPortsOptions) {
    this.#options = options;
  }

  /** Null: that stream has none. */
  portOf(camera: string, stream: string): number | null {
    return this.#open.get(`${camera}/${stream}`)?.port ?? null;
  }

  /**
   * Opens what these cameras want and is not open; what they do not want any
   * more is closed when the step is kept, or now, where its port is needed.
   * Rejects with `address-in-use`, `no-permission` or `failed`; then everything is as it was.
   */
  async change(cameras: Profile['cameras']): Promise<PortStep> {
    const wanted = portsOf(cameras);
    const before = this.#open;
    const after = new Map([...before].filter(([key, { wanted: port }]) => wanted.get(key) === port));
    const going = new Map([...before].filter(([key]) => !after.has(key)));
    const opened: Open[] = [];
    const closed: [string, Open][] = [];
    const undo = async () => {
      for (const { output } of opened) await this.#end(output);
      if (this.#closed) return;
      const reopened = new Map(before);
      for (const [key, { wanted: port }] of closed) reopened.set(key, await this.#listen(key, port));
      this.#open = reopened;
    };
    try {
      for (const [key, port] of wanted) {
        if (after.has(key)) continue;
        for (const [other, one] of going) {
          if (one.port !== port) continue;
          await this.#end(one.output);
          going.delete(other);
          closed.push([other, one]);
        }
        const one = await this.#listen(key, port);
        opened.push(one);
        after.set(key, one);
      }
    } catch (error) {
      await undo();
      throw error;
    }
    this.#open = after;
    const keep = async () => {
      await Promise.all([...going.values()].map(({ output }) => this.#end(output)));
    };
    return { keep, undo };
  }

  /** Ends every client. Nothing is opened any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#listening].map((output) => this.#end(output)));
    this.#open = new Map();
  }

  async #end(output: MjpegPort): Promise<void> {
    this.#listening.delete(output);
    await output.close();
  }

  async #listen(key: string, wanted: number): Promise<Open> {
    const { host, guard, serving, log } = this.#options;
    const [camera = '', stream = ''] = key.split('/');
    const output = new MjpegPort(
      {
        mjpeg: (request, response, options) => serving(camera, stream).mjpeg(request, response, options),
      },
      guard,
      (error) => log.error({ err: error, camera, stream }, 'an MJPEG request failed'),
    );
    const port = await output.listen(host, wanted).catch((error: unknown) => {
      throw explainListen(error, hostAndPort(host, wanted), `cameras.${camera}.streams.${stream}.port`);
    });
    // Not before: a server that is closed while it begins to listen never says that it does.
    this.#listening.add(output);
    if (this.#closed) {
      await this.#end(output);
      throw new TeecamError('closed', 'the appliance is closing');
    }
    return { output, wanted, port };
  }
}

function portsOf(cameras: Profile['cameras']): Wanted {
  const wanted = new Map<string, number>();
  for (const [camera, { streams }] of Object.entries(cameras)) {
    for (const [name, stream] of Object.entries(streams)) {
      if (stream.codec !== 'jpeg' || stream.port === undefined || !outputsOf(stream).includes('mjpeg'))
        continue;
      wanted.set(`${camera}/${name}`, stream.port);
    }
  }
  return wanted;
}
