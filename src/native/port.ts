/**
 * What the rest of Teecam may ask of the native addon. Types only: the one
 * place that loads the .node file is `load.ts`, and tests put a fake here.
 */
import type { RingGeometry } from '../ring/layout.js';

export interface NativePort {
  /** Versions of GStreamer and of the addon's protocol. */
  readonly versions: { gstreamer: string; protocol: number };
  /** Which of these element factories exist. Runs on the control thread; loads the registry on first use. */
  elements(names: readonly string[]): Promise<Record<string, boolean>>;
  /**
   * The machine's cameras in the order of their nodes, those that cannot be
   * opened among them; nodes that give no pictures left out. Opens every node,
   * and waits three seconds at most for drivers that do not answer. Controls
   * are read only when they are asked for.
   */
  listDevices(withControls?: boolean): Promise<VideoDevice[]>;
  /**
   * At most so many bytes that have not been sent wait in the kernel for a TCP
   * socket, named by its descriptor; a write beyond that waits outside. Throws with a code.
   */
  limitUnsent(socket: number, bytes: number): void;
  /** A camera core in this process: the same messages as a worker's, one JSON text each. */
  createCore(onMessage: (json: string) => void): CoreHandle;
  /** Makes a ring file, or takes over one that a killed run left. Throws with a code, see RingFileError. */
  createRing(path: string, options: RingOptions): RingFileHandle;
  /** Opens a ring for reading. `onWake` is called on the event loop, at most once until `rearm`. */
  openRing(path: string, onWake: () => void): RingReaderHandle;
  /** Serves a stream to GStreamer's shmsrc. Throws with a code: `address-in-use`, `not-found`, `no-space`, `no-permission`, `failed`. */
  createShmOutput(options: ShmOutputOptions): ShmOutputHandle;
  /**
   * The frames of an H.264 ring in a container, which opens its branch. `onNews` is called on the event loop,
   * once until `take`. Throws with a code: `not-found`, `no-permission`, `malformed`, `failed`.
   */
  createMuxer(options: MuxerOptions, onNews: () => void): MuxerHandle;
  createRtspServer(options: RtspOptions, onEvent: (event: RtspEvent) => void): Promise<RtspServerHandle>;
}

export interface VideoDevice {
  /** `/dev/videoN`. */
  path: string;
  /** As its driver calls it. */
  name: string;
  /** Empty where it cannot be opened. */
  driver: string;
  /** Where it is plugged in, in its driver's words, as `usb-0000:00:14.0-2`; empty where it cannot be opened. */
  bus: string;
  /** USB ids, four hexadecimal digits each; null for what is not on USB. */
  vendor: string | null;
  product: string | null;
  /** The USB serial number, null where there is none. */
  serial: string | null;
  /** Names below /dev/v4l that stay the same over restarts and ports. */
  links: string[];
  /** Those that Teecam can use, in the device's order. */
  formats: DeviceFormat[];
  /** Empty unless they were asked for. */
  controls: NativeControl[];
  /** Why it cannot be opened: one of the reasons of a slate, and a sentence. */
  fault: { reason: string; detail: string } | null;
}

/** As `deviceControl` of the messages, which says what each means. */
export interface NativeControl {
  id: number;
  name: string;
  label: string;
  group: string;
  type: 'integer' | 'boolean' | 'menu' | 'button' | 'integer64' | 'string' | 'bitmask' | 'integer-menu';
  minimum: number;
  maximum: number;
  step: number;
  default: number | string | null;
  value: number | string | null;
  menu: { value: number; label: string }[];
  readOnly: boolean;
  inactive: boolean;
  selfChanging: boolean;
  gates: boolean;
}

/** As `sourceFormat` of the messages: encoded ones have the format `JPEG`, `H264` or `H265`. */
export interface DeviceFormat {
  media: 'video/x-raw' | 'image/jpeg' | 'video/x-h264';
  format: string;
  width: number;
  height: number;
  /** Frames a second as fractions, highest first. */
  framerates: [number, number][];
}

export interface CoreHandle {
  /** One command as JSON. Never blocks. */
  send(json: string): void;
  /** Ends the core; resolves after its last message. */
  close(): Promise<void>;
}

export interface RingOptions {
  geometry: RingGeometry;
  instance: string;
  camera: string;
  stream: string;
  /** File mode, 0o640 or 0o600. */
  mode: number;
  /** Group id, or null for the process's own. */
  gid: number | null;
}

/**
 * Codes thrown by createRing: `no-space` (with `neededBytes`, `freeBytes`),
 * `owned` (another running appliance has it), `no-permission`, `failed`.
 */
export type RingFileErrorCode = 'no-space' | 'owned' | 'no-permission' | 'failed';

export interface RingFileHandle {
  readonly path: string;
  /** `created`, `taken-over` (same geometry, left by a killed run) or `replaced` (another geometry, renamed over). */
  readonly origin: 'created' | 'taken-over' | 'replaced';
  /** Publishes the name again if something removed it; true if it had to. */
  republish(): boolean;
  /**
   * Makes the file that is to take this one's place. It waits where no reader
   * finds it; `Supervisor.change` puts its writer there. Throws as createRing.
   */
  draft(options: RingOptions): void;
  /** The draft becomes this ring; readers of the file before move over by themselves. */
  publishDraft(): void;
  /** Takes the draft away, if there is one. */
  dropDraft(): void;
  /** Presence locks on it, every reader's. */
  readers(): number;
  /** Time of capture of the newest published frame, CLOCK_MONOTONIC; null before the first. */
  newestCaptureNs(): number | null;
  /** Marks it ended, wakes its readers, removes the name, lets go of it. */
  close(): void;
}

/** Numbers are exact to 2^53; times are nanoseconds. */
export interface FrameInfo {
  sequence: number;
  key: boolean;
  discontinuity: boolean;
  slate: boolean;
  corrupt: boolean;
  captureNs: number;
  captureRealtimeNs: number;
  durationNs: number;
  dtsDeltaNs: number;
  publishedNs: number;
  keySequence: number;
  size: number;
  generation: number;
  fourcc: string;
  width: number;
  height: number;
  planes: { offset: number; stride: number }[];
}

export interface RingInfo {
  state: 'idle' | 'live' | 'slate' | 'ended' | 'replaced';
  reason: string;
  generation: number;
  fourcc: string;
  width: number;
  height: number;
  framerate: [number, number];
  caps: string;
  /** Newest published sequence number; 0: none yet. */
  newest: number;
  /** The newest frame was captured within its last two frame periods. */
  fresh: boolean;
  instance: string;
  camera: string;
  stream: string;
}

/**
 * `buffer-too-small` names the bytes needed; nothing was consumed.
 * `none`: no news. `closed`: ended for good.
 */
export type ReadResult =
  | { kind: 'frame'; frame: FrameInfo; missed: number }
  | { kind: 'none' }
  | { kind: 'buffer-too-small'; needed: number }
  | { kind: 'closed' };

export interface RingReaderHandle {
  info(): RingInfo;
  /**
   * Copies a frame into `into` (Buffer over ordinary memory) and returns what it is.
   * `next`: the oldest frame not yet read that is still there, `latest`: the
   * newest one not yet read, `key`: the newest key frame not yet read (then go on with `next`).
   * A torn copy is never returned. `missed` counts the frames skipped since the last read.
   */
  read(into: Uint8Array, mode: 'next' | 'latest' | 'key'): ReadResult;
  /** Lets the next frame or change of state call `onWake` once. If there is unread news, it is called soon. */
  rearm(): void;
  /** Asks the writer for a key frame: opens the file once more (docs/ring.md). */
  requestKeyFrame(): void;
  /** Follows a replaced ring by itself; counts how often. */
  readonly reopened: number;
  close(): void;
}

export interface ShmOutputOptions {
  /** Path. */
  socket: string;
  ring: string;
  /** GStreamer's name of a raw format; empty: encoded. */
  format: string;
  /** Bytes. */
  areaSize: number;
}

export interface ShmOutputStats {
  clients: number;
  /** Frames that clients were given. */
  frames: number;
  /** Frames that one client or several had no room for. */
  dropped: number;
  /** Clients that were disconnected because they held the oldest frame when there was no more room. */
  dismissed: number;
}

/** Of one program that is connected, or, once, of one that has gone. */
export interface ShmClientStats {
  id: number;
  /** 0: not known. */
  pid: number;
  bytes: number;
  frames: number;
  /** Frames that it had no room for. */
  dropped: number;
  heldBytes: number;
  /** Since it missed a frame and acknowledged none. */
  blockedForNs: number;
  /** The same, of all times. */
  blockedNs: number;
  /** `dismissed`: it held the oldest frame when there was no more room. */
  state: 'connected' | 'left' | 'dismissed';
}

export interface ShmOutputHandle {
  stats(): ShmOutputStats;
  /** Those that are connected, and those that have gone since this was asked last. */
  clients(): ShmClientStats[];
  /** False: there is none such. */
  end(client: number): boolean;
  /** For a program that must end at once. */
  removeNames(): void;
  /** Disconnects every client. */
  close(): Promise<void>;
}

export type Container = 'ts' | 'mp4';

export interface MuxerOptions {
  /** Path. */
  ring: string;
  container: Container;
  /** Bytes that may wait for `take`; beyond them what waits is dropped, and it goes on at a key frame. */
  maxWaitingBytes: number;
}

/** Bytes that belong together: the packets or the fragment of one frame, or MP4's header. */
export interface MuxedChunk {
  data: Buffer;
  /** A viewer can begin here. */
  key: boolean;
  /** CLOCK_MONOTONIC. */
  captureNs: number;
  /** MP4: this is what a player needs to know first of all that follows. */
  header: { codecs: string; width: number; height: number } | null;
}

export interface MuxerStats {
  frames: number;
  /** Chunks that nobody took in time. */
  dropped: number;
}

export interface MuxerHandle {
  /** What has come since; `ended`: nothing more will come. */
  take(): { chunks: MuxedChunk[]; ended: boolean };
  /** Somebody wants to begin soon. */
  requestKeyFrame(): void;
  stats(): MuxerStats;
  close(): void;
}

export interface RtspOptions {
  host: string;
  /** 0: any free port; `RtspServerHandle.port` tells. */
  port: number;
  /** Range of UDP ports for unicast RTP/RTCP. */
  udpPorts: [number, number];
  multicast: { first: string; last: string; ports: [number, number]; ttl: number } | null;
  /** Who may come in: HA1 by name, MD5("NAME:teecam:PASSWORD") as 32 small hexadecimal digits. Null: everybody. */
  users: Record<string, string> | null;
}

/** As what RTSP can carry a stream. */
export type RtspCodec = 'h264' | 'h265' | 'jpeg';

export interface RtspMount {
  /** `/CAM/STREAM`. */
  path: string;
  ring: string;
  codec: RtspCodec;
  /** Frames that may wait to be sent; then all up to the next key frame are left out. */
  backlog: number;
  /** `CAM/STREAM`, for the limits on viewers; without it, none hold. */
  place?: string;
}

export interface RtspServerHandle {
  readonly port: number;
  mount(mount: RtspMount): Promise<void>;
  /** Its clients stay. */
  setBacklog(path: string, frames: number): Promise<void>;
  /** Ends its clients' sessions. */
  unmount(path: string): Promise<void>;
  /** Current numbers of every mount. */
  stats(): Promise<RtspMountStats[]>;
  /** Of every client that plays, or has and is paused. */
  clients(): Promise<RtspClientStats[]>;
  /**
   * How many clients may be there, by place: `CAM/STREAM`, `CAM`, and the empty
   * text for all. Who is there stays; who comes above that is answered 453.
   */
  setRoom(room: Readonly<Record<string, number>>): Promise<void>;
  /** Rejects with `not-found`. */
  endClient(client: string): Promise<void>;
  /** Ends every client and the listening socket; resolves when all threads are gone. */
  close(): Promise<void>;
}

export interface RtspMountStats {
  path: string;
  /** Clients that are playing. */
  playing: number;
  frames: number;
  dropped: number;
  /** Capture of the newest frame to its hand-over to the network, nanoseconds. */
  ageNs: number;
}

export interface RtspClientStats {
  client: string;
  path: string;
  /** Taken by a client over TCP, sent to any other. */
  bytes: number;
  frames: number;
  dropped: number;
  /** Capture of the newest frame to its hand-over to the network. */
  ageNs: number;
  /** In the kernel; TCP only, as what follows. */
  waitingBytes: number;
  /** Since something waits and nothing was taken. */
  blockedForNs: number;
  /** The same, of all times. */
  blockedNs: number;
}

/** `slow`: it had taken nothing for seconds. `ended`: by this side. */
export type RtspEndReason = 'left' | 'slow' | 'ended';

export type RtspEvent =
  | { event: 'connected'; client: string; address: string }
  /** `password`: wrong user or password. `limit`: the address has tried too many; it is shut out for some time. */
  | { event: 'refused'; address: string; reason: 'password' | 'limit' }
  /** `place` has no room for it. `address` is with the port here, and in `playing`. */
  | { event: 'full'; client: string; address: string; path: string; place: string }
  /** It may come again, after a pause. */
  | { event: 'playing'; client: string; address: string; path: string; transport: string }
  /** It plays this path no more; its connection may stay. */
  | { event: 'stopped'; client: string; path: string; reason: RtspEndReason; played: RtspClientStats[] }
  /** `played` is to the end, here and in `stopped`. */
  | { event: 'disconnected'; client: string; reason: RtspEndReason; played: RtspClientStats[] };
