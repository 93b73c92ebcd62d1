/**
 * The profile's schema: the one source of its types, its validation, its
 * defaults and its published JSON Schema. `Profile` is what the rest of the
 * program gets: complete, with every default filled in and units resolved.
 */
import { z } from 'zod';

const fpsMax = 1000;
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'a name: a-z first, then a-z, 0-9 or -, at most 32 characters');
const port = z.int().min(0).max(65535);
const pixels = z.int().min(16).max(16384);
const framerate = z.union([z.number().positive().max(fpsMax), z.string().regex(/^\d+\/\d+$/)]);

/** Bits a second; `4M`, `800k` or a plain number. */
const bitrate = z.union([z.int().min(1000), z.string().regex(/^\d+(\.\d+)?[kM]$/)]).transform((value) => {
  if (typeof value === 'number') return value;
  return Math.round(Number.parseFloat(value) * (value.endsWith('M') ? 1e6 : 1e3));
});

/** Milliseconds; `500ms`, `5s`, `2m` or a plain number of seconds. */
const duration = z
  .union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?(ms|s|m)$/)])
  .transform((value) => {
    if (typeof value === 'number') return Math.round(value * 1000);
    const amount = Number.parseFloat(value);
    return Math.round(value.endsWith('ms') ? amount : value.endsWith('s') ? amount * 1000 : amount * 60000);
  });

/** Ways out of a stream; what suits which codec is in `outputs.ts`. */
export const outputKinds = ['rtsp', 'mjpeg', 'picture', 'shm'] as const;

const common = {
  width: pixels,
  height: pixels,
  framerate,
  always: z.boolean().default(false),
  linger: duration.default(5000),
  outputs: z.array(z.enum(outputKinds)).optional(),
};

export const streamSchema = z.discriminatedUnion('codec', [
  z.strictObject({
    codec: z.literal('h264'),
    ...common,
    bitrate: bitrate.optional(),
    /** Frames between key frames, or seconds as `2s`. */
    gop: z.union([z.int().min(1), z.string().regex(/^\d+(\.\d+)?s$/)]).default('2s'),
    profile: z.enum(['constrained-baseline', 'main', 'high']).default('constrained-baseline'),
    encoder: z.string().optional(),
  }),
  z.strictObject({
    codec: z.literal('jpeg'),
    ...common,
    quality: z.int().min(1).max(100).default(80),
    /** MJPEG at `/` on a port of its own. */
    port: port.optional(),
  }),
  z.strictObject({
    codec: z.literal('raw'),
    ...common,
    format: z.enum(['NV12', 'I420', 'YUY2', 'RGB', 'BGR', 'GRAY8']).default('NV12'),
  }),
]);

export const cameraSchema = z.strictObject({
  /** One, or a list tried in order. */
  source: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((s) => (typeof s === 'string' ? [s] : s)),
  capture: z
    .strictObject({
      width: pixels.optional(),
      height: pixels.optional(),
      framerate: framerate.optional(),
      format: z.string().optional(),
    })
    .prefault({}),
  streams: z.record(name, streamSchema),
});

export const profileSchema = z.strictObject({
  instance: name.optional(),
  http: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8080) }).prefault({}),
  rtsp: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8554),
      udp: z.strictObject({ ports: z.string().default('8000-8100') }).prefault({}),
      multicast: z.strictObject({ range: z.string(), ttl: z.int().min(1).max(255).default(1) }).optional(),
    })
    .prefault({}),
  cameras: z.record(name, cameraSchema),
});

export type Profile = z.infer<typeof profileSchema>;
export type CameraProfile = z.infer<typeof cameraSchema>;
export type StreamProfile = z.infer<typeof streamSchema>;
