import type { Auth } from './auth.js';
import { type Buffers, buffersOf } from './latency.js';
import type { Rung, SlateMode, WrittenCamera, WrittenProfile, WrittenStream } from './schema.js';
import type { Source } from './source.js';
import { type Framerate, perSecond } from './units.js';

/** A profile as the program uses it: checked, every default filled in, units resolved. */
export interface Profile {
  instance: string | null;
  /** `hosts`: names of this machine beside those that it knows by itself. */
  http: { host: string; port: number; hosts: string[] };
  rtsp: {
    host: string;
    port: number;
    udp: { ports: [number, number] };
    multicast: { first: string; last: string; ttl: number } | null;
  };
  /** Null: the profile says nothing. */
  auth: Auth | null;
  limits: Limits;
  /** In the order of the profile: the first has the short addresses. */
  cameras: Record<string, CameraProfile>;
}

/** What viewers may cost. */
export interface Limits {
  /** Viewers at the same time, of one stream, of one camera, of all. */
  sessions: { stream: number; camera: number; all: number };
  /** One that takes nothing for so long is ended; looked for every `cleanupMs`. */
  idleMs: number;
  cleanupMs: number;
  /** So is one that lets a write wait for so long. */
  blockedMs: number;
  /** Bytes that may wait in the socket of one. */
  backlogBytes: number;
  /** How fast one may be sent what came before. `bitrateBps` null: as fast as it came. */
  throttle: Pick<WrittenProfile['limits']['throttle'], 'mode'> & {
    bitrateBps: number | null;
    burstMs: number;
  };
}

export interface CameraProfile {
  /** Tried in order; this version has one. */
  source: [Source, ...Source[]];
  /** What to ask of the source. `format`: JPEG or a raw format, null: the cheapest that fits. */
  capture: { width: number; height: number; framerate: Framerate; format: string | null };
  /** What the device's controls are set to whenever it is opened, by v4l2-ctl's names. */
  controls: ControlValues;
  /** The source is closed so long after the last stream; null: it stays open. */
  sleepAfterMs: number | null;
  buffers: Buffers;
  /** What may be lowered of its streams while the machine cannot keep up, in this order. */
  ladder: readonly Rung[];
  slate: {
    mode: SlateMode;
    title: string;
    subtitle: string | null;
    /** An absolute path; there is one where the mode is `image`. */
    image: string | null;
    colours: { background: string; text: string };
    framerate: Framerate;
  };
  streams: Record<string, StreamProfile>;
}

/** A menu's entry is named by its number or its label. */
export type ControlValue = boolean | number | string;
export type ControlValues = Readonly<Record<string, ControlValue>>;

type Written<Codec extends WrittenStream['codec']> = Extract<WrittenStream, { codec: Codec }>;
type Common = { lingerMs: number };

export type H264Stream = Common &
  Omit<Written<'h264'>, 'linger' | 'bitrate' | 'gop' | 'profile'> & {
    bitrateBps: number;
    /** From key frame to key frame. */
    gopFrames: number;
    h264Profile: NonNullable<Written<'h264'>['profile']>;
    anyEncoding: boolean;
  };
/** `anyEncoding`: nothing is said of how it is to be encoded, so what the source has encoded will do. */
export type JpegStream = Common &
  Omit<Written<'jpeg'>, 'linger' | 'quality'> & { quality: number; anyEncoding: boolean };
/** `ringFrames`: how many its ring holds. */
export type RawStream = Common & Omit<Written<'raw'>, 'linger'> & { ringFrames: number };
/** Size and rate are what the source is asked for. */
export type CopyStream = Common &
  Omit<Written<'copy'>, 'linger' | 'width' | 'height' | 'framerate'> & {
    width: number;
    height: number;
    fit: 'contain';
    framerate: Framerate;
  };
/** What a copy is of H.265: nothing here encodes that. */
export type H265Stream = Omit<CopyStream, 'codec'> &
  Pick<H264Stream, 'bitrateBps' | 'gopFrames'> & { codec: 'h265'; anyEncoding: true };
export type StreamProfile = H264Stream | JpegStream | RawStream | CopyStream;
/** One whose codec is known: a copy is what the source delivers. */
export type BranchProfile = EncodableProfile | H265Stream;
export type EncodableProfile = Exclude<StreamProfile, CopyStream>;

/** What cannot be said in the schema: parsed by rules.ts, which found no fault in it. */
export interface ResolvedParts {
  sources: ReadonlyMap<string, Source>;
  /** Absolute paths of the slates' images, by camera. */
  images: ReadonlyMap<string, string>;
  udpPorts: [number, number];
  multicast: { first: string; last: string } | null;
}

/** Fills in what depends on other keys. */
export function completeProfile(written: WrittenProfile, parts: ResolvedParts): Profile {
  const { http, rtsp, limits } = written;
  return {
    instance: written.instance ?? null,
    http,
    rtsp: {
      host: rtsp.host,
      port: rtsp.port,
      udp: { ports: parts.udpPorts },
      multicast: parts.multicast && { ...parts.multicast, ttl: rtsp.multicast?.ttl ?? 1 },
    },
    auth: written.auth ?? null,
    limits: {
      sessions: limits.sessions,
      idleMs: limits.idle,
      cleanupMs: limits.cleanup,
      blockedMs: limits.blocked,
      backlogBytes: limits.backlog,
      throttle: {
        mode: limits.throttle.mode,
        bitrateBps: limits.throttle.bitrate ?? null,
        burstMs: limits.throttle.burst,
      },
    },
    cameras: mapRecord(written.cameras, (camera, name) => {
      const source = parts.sources.get(name);
      if (!source) throw new Error(`camera ${name} was not checked`);
      return completeCamera(camera, name, source, parts.images.get(name) ?? null);
    }),
  };
}

function completeCamera(
  camera: WrittenCamera,
  name: string,
  source: Source,
  image: string | null,
): CameraProfile {
  const { inlet, branch, ring, rtsp } = camera.buffers;
  const preset = buffersOf[camera.latency];
  const buffers: Buffers = {
    inlet: inlet ?? preset.inlet,
    branch: branch ?? preset.branch,
    ring: ring ?? preset.ring,
    rtsp: rtsp ?? preset.rtsp,
  };
  const asked = askedOfSource(camera.streams);
  const streams = mapRecord(camera.streams, (stream) => completeStream(stream, buffers, asked));
  const derived = derivedCapture(Object.values(streams));
  const { capture, slate, ladder } = camera;
  return {
    source: [source],
    capture: {
      width: capture.width ?? derived.width,
      height: capture.height ?? derived.height,
      framerate: capture.framerate ?? derived.framerate,
      format: capture.format ?? null,
    },
    controls: capture.controls,
    sleepAfterMs: capture.onDemand ? capture.linger : null,
    buffers,
    ladder,
    slate: { ...slate, title: slate.title ?? name, subtitle: slate.subtitle ?? null, image },
    streams,
  };
}

type Asked = Omit<CameraProfile['capture'], 'format'>;

/** What most cameras have. */
const usual: Asked = { width: 1920, height: 1080, framerate: [30, 1] };

/** What a copy asks for where it does not say: what the other streams need. */
function askedOfSource(streams: WrittenCamera['streams']): Asked {
  const others = Object.values(streams).flatMap((stream) => (stream.codec === 'copy' ? [] : [stream]));
  return others.length > 0 ? derivedCapture(others) : usual;
}

/** What is captured where the profile does not say: enough for every stream. */
export function derivedCapture(streams: readonly Asked[]): Asked {
  return {
    width: evenUp(Math.max(...streams.map((stream) => stream.width))),
    height: evenUp(Math.max(...streams.map((stream) => stream.height))),
    framerate: streams.reduce<Framerate>(
      (best, { framerate }) => (perSecond(framerate) > perSecond(best) ? framerate : best),
      [1, 10],
    ),
  };
}

function completeStream(stream: WrittenStream, buffers: Buffers, asked: Asked): StreamProfile {
  const { linger: lingerMs } = stream;
  switch (stream.codec) {
    case 'h264':
      return completeH264(stream);
    case 'jpeg': {
      const { linger, quality, ...rest } = stream;
      return { ...rest, lingerMs, quality: quality ?? 80, anyEncoding: quality === undefined };
    }
    case 'copy': {
      const { linger, width, height, framerate, ...rest } = stream;
      return {
        ...rest,
        lingerMs,
        width: width ?? asked.width,
        height: height ?? asked.height,
        fit: 'contain',
        framerate: framerate ?? asked.framerate,
      };
    }
    case 'raw': {
      const { linger, ...rest } = stream;
      return { ...rest, lingerMs, ringFrames: buffers.ring };
    }
  }
}

function completeH264(stream: Written<'h264'>): H264Stream {
  const { linger: lingerMs, profile, bitrate, gop, ...rest } = stream;
  const framesPerSecond = perSecond(stream.framerate);
  const distance = gop ?? '2s';
  const gopFrames =
    typeof distance === 'number' ? distance : Math.round(Number.parseFloat(distance) * framesPerSecond);
  return {
    ...rest,
    lingerMs,
    bitrateBps: bitrate ?? defaultBitrate(stream.width, stream.height, framesPerSecond),
    gopFrames: Math.max(1, gopFrames),
    h264Profile: profile ?? 'constrained-baseline',
    anyEncoding: [profile, bitrate, gop, stream.encoder].every((told) => told === undefined),
  };
}

/**
 * Bits a second: 0.065 bits a pixel at 30 frames a second, 4 Mbit/s for 1080p.
 * Twice the frames need about half as much again, since they differ less.
 */
export function defaultBitrate(width: number, height: number, framesPerSecond: number): number {
  const bits = width * height * 30 * 0.065 * (framesPerSecond / 30) ** 0.6;
  return Math.max(100_000, Math.round(bits / 50_000) * 50_000);
}

function evenUp(pixels: number): number {
  return pixels + (pixels % 2);
}

function mapRecord<From, To>(
  record: Record<string, From>,
  map: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
