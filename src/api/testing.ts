/** Fakes behind the API, and a server on a free port in front of it, for tests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import type { Door } from '../access/door.js';
import { HostNames } from '../access/host-names.js';
import { silentLog } from '../base/log.js';
import { createApi } from './app.js';
import type { ControlsView, ControlView } from './control-views.js';
import { EventSocket } from './event-socket.js';
import { EventFeed } from './events.js';
import { FakeAnalysis } from './fake-analysis.js';
import { Guard } from './guard.js';
import { MediaSockets } from './media-sockets.js';
import type { Page } from './page.js';
import type {
  CameraDirectory,
  ControlDirectory,
  GraphDirectory,
  MediaDirectory,
  MjpegRequest,
  MuxedMedia,
  PictureRequest,
  ProfileControl,
  RequestedChange,
  SessionDirectory,
  SessionQuery,
  SessionTally,
  StreamMedia,
} from './ports.js';
import type { DecoderView } from './routes/decoders.js';
import type { DeviceView } from './routes/devices.js';
import type { EncoderView } from './routes/encoders.js';
import type { SessionsView, SessionView } from './session-views.js';
import { Upgrades } from './upgrades.js';
import type { CameraView, ChangeView, ProfileView, StreamView } from './views.js';

/** Of a stream that nobody watches in any way. */
export const noReaders: StreamView['readers'] = {
  rtsp: 0,
  mjpeg: 0,
  ts: 0,
  mp4: 0,
  ws: 0,
  inProcess: 0,
  shmsink: 0,
  ring: 0,
};

export function fakeStream(name: string, changes: Partial<StreamView> = {}): StreamView {
  return {
    name,
    codec: 'jpeg',
    passesThrough: false,
    load: null,
    format: null,
    encoder: 'jpegenc',
    width: 640,
    height: 480,
    framerate: 15,
    open: false,
    measuredFramerate: 0,
    bitrateBps: 0,
    readers: noReaders,
    published: 0,
    encoded: 0,
    bytes: 0,
    keyFrames: 0,
    dropped: 0,
    ageMs: null,
    latencyMs: null,
    jpeg: null,
    addresses: {
      rtsp: null,
      mjpeg: `http://0.0.0.0:8080/front/${name}.mjpg`,
      mjpegPort: null,
      picture: `http://0.0.0.0:8080/front/${name}.jpg`,
      ts: null,
      mp4: null,
      ws: null,
      ring: `/dev/shm/teecam.front.${name}`,
      shmsink: null,
    },
    shmsrcCaps: null,
    ...changes,
  };
}

export function fakeCamera(name: string, changes: Partial<CameraView> = {}): CameraView {
  return {
    name,
    state: 'live',
    reason: null,
    detail: '',
    since: '2026-01-01T00:00:00.000Z',
    health: 'healthy',
    source: {
      uri: 'test',
      width: 1280,
      height: 720,
      framerate: 30,
      measuredFramerate: 30,
      caps: 'video/x-raw',
      protection: null,
    },
    captured: 0,
    slates: 0,
    dropped: 0,
    undecodable: 0,
    restarts: 0,
    streams: [
      fakeStream('high', {
        codec: 'h264',
        jpeg: {
          branch: 'high+jpeg',
          open: false,
          measuredFramerate: 0,
          encoded: 0,
          published: 0,
          bytes: 0,
          dropped: 0,
        },
      }),
      fakeStream('low'),
    ],
    ...changes,
  };
}

export function fakeDeviceView(path: string, changes: Partial<DeviceView> = {}): DeviceView {
  return {
    name: 'C920',
    path,
    driver: 'uvcvideo',
    bus: 'usb-0000:00:14.0-2',
    vendor: '046d',
    product: '082d',
    serial: 'A1',
    links: ['/dev/v4l/by-id/usb-C920'],
    source: 'v4l2:serial=A1',
    formats: [{ media: 'image/jpeg', format: 'JPEG', width: 1920, height: 1080, framerates: [30, 15] }],
    controls: [fakeControl('brightness')],
    cameras: ['front'],
    reason: null,
    detail: '',
    ...changes,
  };
}

export class FakeMedia implements StreamMedia {
  readonly pictures: PictureRequest[] = [];
  readonly viewers: MjpegRequest[] = [];
  failure: Error | null = null;
  pictureBody = Buffer.from('picture');

  mjpeg(_request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void {
    if (this.failure) throw this.failure;
    this.viewers.push(options);
    response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace;boundary=boundarydonotcross' });
    response.end();
  }
  async picture(request: PictureRequest) {
    if (this.failure) throw this.failure;
    this.pictures.push(request);
    return {
      body: this.pictureBody,
      contentType: 'image/jpeg',
      captureRealtimeNs: 1_700_000_000_250_000_000,
    };
  }
  socket(): (client: WebSocket) => void {
    return (client) => client.send(Buffer.from('picture'));
  }
  mjpegStats() {
    return { clients: 3, frames: 100, skipped: 7 };
  }
}

/** Answers what it is told to, and keeps what it was asked for. */
export class FakeControl implements ProfileControl {
  readonly asked: (RequestedChange | { reload: boolean })[] = [];
  failure: Error | null = null;
  readonly answer: Omit<ChangeView, 'dryRun'> = {
    actions: [
      { action: 'set-property', camera: 'front', stream: 'low', detail: 'low.encode: quality is 70' },
    ],
    overridden: [],
    needsRestart: [],
    warnings: [],
    kept: true,
  };

  view(): ProfileView {
    return { profile: { cameras: {} }, changes: {}, overrides: [], needsRestart: [], kept: true };
  }
  async change(request: RequestedChange): Promise<ChangeView> {
    this.asked.push(request);
    if (this.failure) throw this.failure;
    return { ...this.answer, dryRun: request.dryRun };
  }
  async reload(dryRun: boolean): Promise<ChangeView> {
    this.asked.push({ reload: dryRun });
    if (this.failure) throw this.failure;
    return { ...this.answer, dryRun };
  }
}

export function fakeSession(id: string, changes: Partial<SessionView> = {}): SessionView {
  return {
    id,
    kind: 'mjpeg',
    camera: 'front',
    stream: 'low',
    client: '10.0.0.7:50000',
    transport: null,
    state: 'active',
    reason: null,
    since: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    durationMs: 5000,
    bytes: 100_000,
    frames: 50,
    bitrateBps: 160_000,
    framerate: 10,
    frameAgeMs: 12.5,
    dropped: 1,
    waitingBytes: 0,
    blockedMs: 250,
    throttle: 'disabled',
    heldMs: 0,
    ...changes,
  };
}

/** Has the sessions that it is given, and ends them at once. */
export class FakeSessions implements SessionDirectory {
  views: SessionView[] = [fakeSession('s2'), fakeSession('s1', { kind: 'rtsp', transport: 'tcp' })];
  readonly queries: SessionQuery[] = [];
  readonly endedByKind = [{ kind: 'mjpeg', reason: 'slow', count: 2 }];
  readonly refused = { stream: 3, camera: 0, all: 0 };

  sessions(query: SessionQuery): SessionsView {
    this.queries.push(query);
    const reasons = { left: 1, dismissed: 0, idle: 0, slow: 2, lagged: 0, failed: 0, closing: 0 };
    return {
      sessions: this.views,
      ended: { sessions: [], omitted: 0, forgotten: 0 },
      ringReaders: [{ camera: 'front', stream: 'low', readers: 1 }],
      totals: {
        open: 2,
        peak: 4,
        opened: 5,
        bytes: 200_000,
        frames: 100,
        dropped: 2,
        blockedMs: 500,
        bitrateBps: 320_000,
        averageDurationMs: null,
        averageBitrateBps: null,
        ended: { ...reasons, 'stream-gone': 0, 'format-changed': 0 },
        refused: this.refused,
      },
    };
  }
  session(id: string): SessionView | undefined {
    return this.views.find((session) => session.id === id);
  }
  dismiss(id: string): boolean {
    const session = this.session(id);
    if (session) Object.assign(session, { state: 'disconnected', reason: 'dismissed' });
    return session !== undefined;
  }
  tallies(): SessionTally[] {
    const { camera, stream, kind, bytes, frames, dropped, blockedMs } = fakeSession('s1');
    return [{ camera, stream, kind, open: 1, opened: 3, bytes, frames, dropped, blockedMs }];
  }
}

export function fakeControl(name: string, changes: Partial<ControlView> = {}): ControlView {
  return {
    name,
    label: name,
    group: 'User Controls',
    type: 'integer',
    minimum: 0,
    maximum: 100,
    step: 1,
    default: 50,
    value: 50,
    menu: [],
    readOnly: false,
    inactive: false,
    selfChanging: false,
    ...changes,
  };
}

/** A device that takes everything. */
export class FakeControls implements ControlDirectory {
  view: ControlsView = { device: '/dev/video0', controls: [fakeControl('brightness')], kept: {}, faults: [] };
  readonly asked: (Readonly<Record<string, unknown>> | 'reset')[] = [];
  readonly #control: FakeControl;
  #sent = Promise.resolve();

  constructor(control: FakeControl) {
    this.#control = control;
  }

  /** What is answered from now on is sent only when this is called. */
  hold(): () => void {
    let send = () => {};
    this.#sent = new Promise((resolve) => {
      send = resolve;
    });
    return () => send();
  }

  async controls(): Promise<ControlsView> {
    const { view } = this;
    await this.#sent;
    return view;
  }
  async changeControls(_camera: string, values: Readonly<Record<string, unknown>>, dryRun: boolean) {
    this.asked.push(values);
    if (this.#control.failure) throw this.#control.failure;
    return { ...this.#control.answer, dryRun };
  }
  async resetControls(_camera: string, dryRun: boolean) {
    this.asked.push('reset');
    if (this.#control.failure) throw this.#control.failure;
    return { ...this.#control.answer, dryRun };
  }
}

export class FakeAppliance {
  cameraViews: CameraView[] = [fakeCamera('front')];
  readonly media = new FakeMedia();
  readonly control = new FakeControl();
  readonly sessions = new FakeSessions();
  /** Of every stream. */
  readonly analysis = new FakeAnalysis();
  /** An answer that its client does not take is given up after this. */
  blockedMs = 30_000;
  readonly controls = new FakeControls(this.control);
  /** Stands in for `media` where a test needs real frames. */
  realMedia: StreamMedia | null = null;
  /** Of every H.264 stream. */
  muxed: MuxedMedia | null = null;
  readonly directory: CameraDirectory = {
    cameras: () => this.cameraViews,
    camera: (name) => this.cameraViews.find((camera) => camera.name === name),
  };
  readonly mediaDirectory: MediaDirectory = {
    stream: (camera, stream) => {
      const views = this.directory.camera(camera)?.streams ?? [];
      const offered = views.some((view) => view.name === stream && view.addresses.mjpeg !== null);
      return offered ? (this.realMedia ?? this.media) : undefined;
    },
    muxed: (camera, stream) => {
      const view = this.directory.camera(camera)?.streams.find(({ name }) => name === stream);
      return view?.codec === 'h264' ? (this.muxed ?? undefined) : undefined;
    },
  };
  readonly graphDirectory: GraphDirectory = {
    graph: (camera) => {
      const view = this.directory.camera(camera);
      if (!view) return undefined;
      return {
        svg: () => '<svg xmlns="http://www.w3.org/2000/svg"/>',
        dot: () => 'digraph teecam {}',
        json: () => ({ camera, state: view.state, reason: view.reason, nodes: [], links: [] }),
      };
    },
  };
  deviceViews: DeviceView[] = [fakeDeviceView('/dev/video0')];
  readonly encoderViews: EncoderView[] = [
    { name: 'vah264enc', hardware: true, works: false, detail: 'it gives no frames', failures: [] },
    { name: 'x264enc', hardware: false, works: null, detail: null, failures: [] },
  ];
  readonly decoderViews: DecoderView[] = [
    { media: 'jpeg', name: 'jpegdec', works: true, detail: 'it has decoded a test picture' },
    { media: 'h264', name: null, works: false, detail: 'there is none' },
  ];
  readonly feed = new EventFeed(this.directory);
  refusals = { http: { password: 0, limit: 0 }, rtsp: { password: 0, limit: 0 } };
  /** Who must have a password; null: nobody. */
  door: Door | null = null;
  readonly #upgrades = new Upgrades(
    new EventSocket(this.feed, silentLog),
    new MediaSockets(this.directory, this.mediaDirectory),
  );
  #server: Server | null = null;

  /** The address to ask, without a slash at the end. */
  async listen(page: Page = new Map(), port = 0): Promise<string> {
    const app = createApi({
      cameras: this.directory,
      media: this.mediaDirectory,
      graphs: this.graphDirectory,
      analyses: { analysis: () => this.analysis },
      devices: { devices: async () => this.deviceViews },
      codecs: { encoders: () => this.encoderViews, decoders: async () => this.decoderViews },
      controls: this.controls,
      control: this.control,
      sessions: this.sessions,
      blockedMs: () => this.blockedMs,
      feed: this.feed,
      access: { refusals: this.refusals },
      page,
      log: silentLog,
      version: '0.0.0',
      leakedMessages: () => 2,
    });
    const guard = new Guard({ door: this.door, hosts: new HostNames('teecam', []), log: silentLog });
    const server = createServer({ requireHostHeader: false });
    this.#server = server;
    guard.protect(server, app.callback(), (request, socket, head) =>
      this.#upgrades.handle(request, socket, head),
    );
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Resolves when nobody is connected any more. */
  async closedConnection(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const count = () => new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)));
    const end = performance.now() + 5000;
    while ((await count()) > 0) {
      if (performance.now() > end) throw new Error('a connection stays open');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    this.#upgrades.close();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(null)));
  }
}
