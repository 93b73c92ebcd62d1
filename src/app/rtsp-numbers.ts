import type { Log } from '../base/log.js';
import type { RtspMountStats, RtspServerHandle } from '../native/port.js';

/** The RTSP server's numbers as last told: the views need them at once. */
export class RtspNumbers {
  readonly #server: Pick<RtspServerHandle, 'stats'>;
  readonly #log: Log;
  #byPath: ReadonlyMap<string, RtspMountStats> = new Map();

  constructor(server: Pick<RtspServerHandle, 'stats'>, log: Log) {
    this.#server = server;
    this.#log = log;
  }

  get byPath(): ReadonlyMap<string, RtspMountStats> {
    return this.#byPath;
  }

  async refresh(): Promise<void> {
    try {
      this.#byPath = new Map((await this.#server.stats()).map((stats) => [stats.path, stats]));
    } catch (error) {
      this.#log.warn({ err: error }, 'the RTSP server gives no numbers');
    }
  }
}
