import type { Server } from 'node:http';
import { createApi } from '../api/app.js';
import { EventSocket } from '../api/event-socket.js';
import type { EventFeed } from '../api/events.js';
import type { Guard } from '../api/guard.js';
import { MediaSockets } from '../api/media-sockets.js';
import { loadPage, type Page } from '../api/page.js';
import type {
  AccessCounts,
  AnalysisDirectory,
  CameraDirectory,
  CodecDirectory,
  ControlDirectory,
  DeviceDirectory,
  GraphDirectory,
  MediaDirectory,
  ProfileControl,
  SessionDirectory,
} from '../api/ports.js';
import { Upgrades } from '../api/upgrades.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { leakedMessages } from '../stream/message.js';
import { Listener } from './listener.js';
import { packageFolder, packageVersion } from './package.js';

export interface HttpFrontOptions {
  host: string;
  port: number;
  cameras: CameraDirectory;
  media: MediaDirectory;
  graphs: GraphDirectory;
  analyses: AnalysisDirectory;
  devices: DeviceDirectory;
  codecs: CodecDirectory;
  controls: ControlDirectory;
  control: ProfileControl;
  sessions: SessionDirectory;
  blockedMs(): number;
  feed: EventFeed;
  guard: Guard;
  /** Bounds what waits in the sockets of a server. */
  bound(server: Server): void;
  access: AccessCounts;
  log: Log;
}

/** The page, the API and all media over HTTP on one socket. */
export class HttpFront {
  readonly #listener: Listener;
  readonly #upgrades: Upgrades;

  private constructor(listener: Listener, upgrades: Upgrades) {
    this.#listener = listener;
    this.#upgrades = upgrades;
  }

  /** Rejects with `address-in-use`, `no-permission` or `failed`. */
  static async open({ host, port, guard, bound, ...options }: HttpFrontOptions): Promise<HttpFront> {
    const { cameras, media, feed, log } = options;
    const page = await builtPage();
    const api = createApi({ ...options, page, version: packageVersion, leakedMessages });
    const upgrades = new Upgrades(new EventSocket(feed, log), new MediaSockets(cameras, media));
    const listener = await Listener.open({
      host,
      port,
      key: 'http.port',
      protect(server) {
        bound(server);
        guard.protect(server, api.callback(), (request, socket, head) =>
          upgrades.handle(request, socket, head),
        );
      },
      onError: (error) => log.error({ err: error }, 'the HTTP socket failed'),
    });
    return new HttpFront(listener, upgrades);
  }

  get port(): number {
    return this.#listener.port;
  }

  async close(): Promise<void> {
    this.#upgrades.close();
    await this.#listener.close();
  }
}

async function builtPage(): Promise<Page> {
  try {
    return await loadPage([`${packageFolder}web`, `${packageFolder}dist/web`]);
  } catch (error) {
    throw new TeecamError('missing-native', 'the page is not built: run "npm run build"', { cause: error });
  }
}
