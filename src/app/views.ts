import type { CameraView, StreamView } from '../api/views.js';
import { redact } from '../base/redact.js';
import type { CameraStatus, Health } from '../camera/supervisor.js';
import type { RtspOutput } from '../output/rtsp.js';
import { passesThrough } from '../plan/delivery.js';
import { shmsrcCaps } from '../plan/shmsink.js';
import { perSecond } from '../profile/units.js';
import type { Pad } from '../stream/pad.js';
import type { Addresses } from './addresses.js';
import type { Camera } from './camera.js';
import { loadView } from './load-view.js';
import type { ProfileControl } from './profile-control.js';
import type { RingSet } from './ring-set.js';
import type { ShmSinks } from './shmsinks.js';
import type { Stream } from './stream.js';

export interface ViewContext {
  addresses: Addresses;
  rings: Pick<RingSet, 'readers' | 'ageMs'>;
  rtsp: Pick<RtspOutput, 'stats'>;
  shmsinks: Pick<ShmSinks, 'stats'>;
  /** By how much streams are below what the profile says. */
  control: Pick<ProfileControl, 'steps'>;
}

/** What the API says of a camera. */
export function cameraView(camera: Camera, context: ViewContext): CameraView {
  const { supervisor } = camera;
  const { gate, captureRate, protection } = supervisor.stats;
  const { source } = supervisor;
  return {
    name: camera.name,
    ...statusView(supervisor.status),
    health: supervisor.health satisfies Health,
    source: {
      uri: redact(supervisor.sourceUri),
      width: source?.width ?? null,
      height: source?.height ?? null,
      framerate: source && source.framerate[0] > 0 ? perSecond(source.framerate) : null,
      measuredFramerate: rounded(captureRate),
      caps: source?.caps ?? null,
      protection,
    },
    captured: gate.captured,
    slates: gate.slates,
    dropped: gate.dropped,
    undecodable: gate.undecodable,
    restarts: supervisor.restarts,
    streams: camera.streams.map((stream) => streamView(camera, stream, context)),
  };
}

function statusView({ state, reason, detail, since }: CameraStatus) {
  return { state, reason, detail: redact(detail), since: since.toISOString() };
}

function streamView(camera: Camera, stream: Stream, context: ViewContext): StreamView {
  const { name, branch } = stream;
  const stats = camera.supervisor.stats.stream(name);
  const { framerate, bitrateBps } = camera.supervisor.stats.streamRate(name);
  return {
    name,
    codec: branch.codec,
    passesThrough: passesThrough(branch, camera.stage.delivery),
    load: loadView(context.control.steps, camera.name, name),
    format: branch.codec === 'raw' ? branch.format : null,
    encoder: encoderOf(camera, name),
    width: branch.width,
    height: branch.height,
    framerate: perSecond(branch.framerate),
    open: stats.open,
    measuredFramerate: rounded(framerate),
    bitrateBps: Math.round(bitrateBps),
    readers: readersView(camera, stream, context),
    jpeg: jpegView(camera, stream),
    published: stats.published,
    encoded: stats.encoded,
    bytes: stats.bytes,
    keyFrames: stats.keyFrames,
    dropped: stats.dropped,
    ageMs: stats.open ? context.rings.ageMs(stream.ring) : null,
    latencyMs: stats.open && stats.latencyNs > 0 ? rounded(stats.latencyNs / 1e6) : null,
    addresses: context.addresses.of(camera.name, stream),
    shmsrcCaps: stream.has('shmsink') ? shmsrcCaps(branch) : null,
  };
}

function encoderOf({ supervisor }: Camera, stream: string): string | null {
  const { branches, graph } = supervisor.plans.stage;
  const id = branches.find((branch) => branch.stream === stream)?.encoder;
  return graph.nodes.find((node) => node.id === id)?.element ?? null;
}

/** Ours are told apart from the strangers: each way out reads the ring once for all its clients. */
export function readersView(
  camera: Camera,
  stream: Stream,
  { rtsp, rings, shmsinks }: ViewContext,
): StreamView['readers'] {
  const playing = rtsp.stats.get(`/${camera.name}/${stream.name}`)?.playing ?? 0;
  const targets = stream.pad.targetCount;
  const shmsink = shmsinks.stats(camera.name, stream.name)?.clients ?? 0;
  const muxed = stream.muxed?.stats() ?? { ts: 0, mp4: 0, ws: 0, readers: 0 };
  const own = [targets, playing, shmsink].filter((users) => users > 0).length + muxed.readers;
  return {
    rtsp: playing,
    mjpeg: mjpegClients(stream),
    ts: muxed.ts,
    mp4: muxed.mp4,
    ws: muxed.ws + (stream.media?.socketClients ?? 0),
    inProcess: Math.max(0, targets - servedBy(camera, stream.pad)),
    shmsink,
    ring: Math.max(0, rings.readers(stream.ring) - own),
  };
}

/** Clients of every stream whose JPEG this pad gives. */
function servedBy(camera: Camera, pad: Pad): number {
  const served = camera.streams.filter((stream) => stream.jpeg?.pad === pad);
  return served.reduce((sum, stream) => sum + mjpegClients(stream) + (stream.media?.socketClients ?? 0), 0);
}

function mjpegClients({ media }: Stream): number {
  return media?.mjpegStats().clients ?? 0;
}

/** A JPEG stream is its own branch, which the view tells of already. */
function jpegView({ supervisor }: Camera, { name, jpeg }: Stream): StreamView['jpeg'] {
  if (!jpeg || jpeg.name === name) return null;
  const { open, encoded, published, bytes, dropped } = supervisor.stats.stream(jpeg.name);
  const { framerate } = supervisor.stats.streamRate(jpeg.name);
  return {
    branch: jpeg.name,
    open,
    measuredFramerate: rounded(framerate),
    encoded,
    published,
    bytes,
    dropped,
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
