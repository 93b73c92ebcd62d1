/** What the API needs of the rest of the program; the composition root gives it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { AnalysisView } from './analysis-view.js';
import type { ControlsView } from './control-views.js';
import type { GraphView } from './graph-view.js';
import type { DecoderView } from './routes/decoders.js';
import type { DeviceView } from './routes/devices.js';
import type { EncoderView } from './routes/encoders.js';
import type { SessionsView, SessionView } from './session-views.js';
import type { CameraView, ChangeView, ProfileView } from './views.js';

export interface CameraDirectory {
  /** In the profile's order: the first one has the short addresses. */
  cameras(): readonly CameraView[];
  camera(name: string): CameraView | undefined;
}

/** A camera's pipelines as they run now; each is made when it is called for. */
export interface RunningGraphs {
  svg(): string;
  dot(): string;
  json(): GraphView;
}

export interface GraphDirectory {
  graph(camera: string): RunningGraphs | undefined;
}

/** Attempts to come in that were refused: for a wrong password, or since there had been too many. */
export interface Refusals {
  password: number;
  limit: number;
}

export interface AccessCounts {
  readonly refusals: { readonly http: Refusals; readonly rtsp: Refusals };
}

export interface MjpegRequest {
  /** Frames a second at most; null: all of them. */
  fps: number | null;
  /** Send the next part's headers early, for browsers that wait for them. */
  advance: boolean;
}

export const pictureFormats = ['jpeg', 'webp', 'png', 'avif'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

export interface PictureRequest {
  /** At most so large, in pixels; the aspect is kept, and nothing is enlarged. */
  width: number | null;
  height: number | null;
  format: PictureFormat;
  /** 1 to 100; null: the format's default, and a JPEG that needs no other change stays untouched. */
  quality: number | null;
  /** A picture up to so old will do. 0: the newest. */
  maxAgeMs: number;
}

export interface Picture {
  body: Buffer;
  contentType: string;
  /** Capture, CLOCK_REALTIME. */
  captureRealtimeNs: number;
}

export interface MjpegStats {
  clients: number;
  /** Frames handed to clients, all of them together. */
  frames: number;
  /** Frames that a client was too slow for. */
  skipped: number;
}

/** A stream's ways out over HTTP that are made of JPEG. */
export interface StreamMedia {
  /**
   * Takes the response over and returns at once. Throws a TeecamError while
   * nothing has been sent, `full` where there are as many viewers as may be.
   */
  mjpeg(request: IncomingMessage, response: ServerResponse, options: MjpegRequest): void;
  /** Throws `unavailable` when there is no frame, `not-acceptable` for a format that is off. */
  picture(request: PictureRequest): Promise<Picture>;
  /** A picture a message. Throws while nothing has been sent; what it returns takes the client over. */
  socket(request: IncomingMessage): (client: WebSocket) => void;
  mjpegStats(): MjpegStats;
}

export type Container = 'ts' | 'mp4';

/** Of media over WebSockets. */
export const socketFormats = ['mp4', 'jpeg'] as const;
export type SocketFormat = (typeof socketFormats)[number];

export interface MuxedStats {
  /** Put into containers since the start. */
  frames: number;
  /** Of these, lost since the appliance was too busy to take them. */
  dropped: number;
}

/** An H.264 stream's ways out over HTTP. */
export interface MuxedMedia {
  /** Resolves when the response was taken over. Rejects with a TeecamError while nothing has been sent. */
  http(container: Container, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** MP4 for MSE: the MIME type as a text, the header, fragments. As that of `StreamMedia`. */
  socket(request: IncomingMessage): (client: WebSocket) => void;
  stats(): MuxedStats;
}

export interface DeviceDirectory {
  /** The devices that are connected, by the order of their nodes. */
  devices(): Promise<DeviceView[]>;
}

export interface SessionQuery {
  camera?: string | undefined;
  stream?: string | undefined;
  kind?: SessionView['kind'] | undefined;
  /** How many of those that ended. */
  ended: number;
}

/** Of one kind of viewers of one stream, since the start. */
export interface SessionTally {
  camera: string;
  stream: string;
  kind: SessionView['kind'];
  /** Now. */
  open: number;
  opened: number;
  bytes: number;
  frames: number;
  dropped: number;
  blockedMs: number;
}

export interface SessionDirectory {
  sessions(query: SessionQuery): SessionsView;
  /** Also one that ended, while it is remembered. */
  session(id: string): SessionView | undefined;
  /** Ends it. False: there is none such, or it has ended. */
  dismiss(id: string): boolean;
  tallies(): readonly SessionTally[];
  readonly endedByKind: Iterable<{ kind: string; reason: string; count: number }>;
  /** By the limit that was reached. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface CodecDirectory {
  /** Those that exist, the preferred one first. */
  encoders(): EncoderView[];
  /** The one that is used for each kind of media. */
  decoders(): Promise<DecoderView[]>;
}

export interface MediaDirectory {
  /** Undefined for a stream that the profile offers by nothing that is made of JPEG. */
  stream(camera: string, stream: string): StreamMedia | undefined;
  /** Undefined for a stream that is not H.264. */
  muxed(camera: string, stream: string): MuxedMedia | undefined;
}

/** What a stream is made of, measured while somebody asks. */
export interface StreamAnalysis {
  /**
   * Of the last `seconds`, after so many; null: of what there is, after one.
   * Rejects with `full`, or `unavailable` when no frame comes.
   */
  report(request: IncomingMessage, seconds: number | null): Promise<AnalysisView>;
}

export interface AnalysisDirectory {
  analysis(camera: string, stream: string): StreamAnalysis | undefined;
}

/** The controls of a camera's device, such as its exposure. Each rejects with `not-found`. */
export interface ControlDirectory {
  controls(camera: string): Promise<ControlsView>;
  /**
   * Sets them, keeps them in the profile, and presses buttons; null takes one
   * out of the profile and back to its default. Rejects as a change of the
   * profile; then everything is as it was.
   */
  changeControls(
    camera: string,
    values: Readonly<Record<string, unknown>>,
    dryRun: boolean,
  ): Promise<ChangeView>;
  /** All of them back to their defaults, and out of the profile. */
  resetControls(camera: string, dryRun: boolean): Promise<ChangeView>;
}

/** A camera, or a stream of one, that is to come, to become another, or to go. */
export interface RequestedChange {
  kind: 'add' | 'change' | 'remove';
  camera: string;
  /** Null: the camera itself. */
  stream: string | null;
  /** To add: as the profile writes it. To change: a JSON merge patch of what is written. To remove: nothing. */
  value: Readonly<Record<string, unknown>>;
  /** Say what would be done, and do nothing. */
  dryRun: boolean;
}

/**
 * Both changes reject with `not-found`, `conflict`, `bad-profile` (with
 * `details.errors`), `bad-source`, `bad-image`, `missing-element`, `address-in-use`,
 * `no-space`, `no-permission`, `unavailable`; then everything is as it was.
 */
export interface ProfileControl {
  view(): ProfileView;
  change(request: RequestedChange): Promise<ChangeView>;
  /** Reads the administrator's file again. */
  reload(dryRun: boolean): Promise<ChangeView>;
}
