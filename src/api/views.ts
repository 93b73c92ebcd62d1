/**
 * What the API shows, as schemas: they validate in tests, make the OpenAPI
 * document, and give the page its types. Rates are frames a second, measured
 * over the last two seconds; ages and latencies are milliseconds.
 */
import { z } from 'zod';
import { loadView } from './load-views.js';

export const readersView = z.strictObject({
  rtsp: z.int(),
  mjpeg: z.int(),
  ts: z.int(),
  mp4: z.int(),
  ws: z.int(),
  /** Pads subscribed by programs in this process. */
  inProcess: z.int(),
  /** Programs with GStreamer's shmsrc. */
  shmsink: z.int(),
  /** Other processes that read the ring. */
  ring: z.int(),
});

/** The branch beside a stream that is not JPEG, where its MJPEG and pictures come from. */
export const jpegBranchView = z.strictObject({
  /** `STREAM+jpeg` of this stream or of one of the same size and rate, or the name of a JPEG stream. */
  branch: z.string(),
  /** Whether it runs; it does while somebody looks. */
  open: z.boolean(),
  measuredFramerate: z.number(),
  encoded: z.int(),
  published: z.int(),
  /** Bytes published. */
  bytes: z.int(),
  dropped: z.int(),
});

export type JpegBranchView = z.infer<typeof jpegBranchView>;

export const streamView = z.strictObject({
  name: z.string(),
  /** Of a copy, what the source delivers. */
  codec: z.enum(['h264', 'h265', 'jpeg', 'raw']),
  /** Whether it is given the source's own frames, which nobody encodes again. */
  passesThrough: z.boolean(),
  /** While it is less than the profile says, since the machine cannot keep up. */
  load: loadView.nullable(),
  /** GStreamer's name of a raw format, else null. */
  format: z.string().nullable(),
  /** GStreamer's name of the element that encodes it; null: nothing does. */
  encoder: z.string().nullable(),
  width: z.int(),
  height: z.int(),
  /** A ceiling. */
  framerate: z.number(),
  /** Whether its own branch runs; it does while somebody reads. MJPEG of a stream that is not JPEG opens `jpeg` alone. */
  open: z.boolean(),
  measuredFramerate: z.number(),
  bitrateBps: z.number(),
  readers: readersView,
  /** Null for a JPEG stream, and where the profile offers neither MJPEG nor pictures. */
  jpeg: jpegBranchView.nullable(),
  published: z.int(),
  encoded: z.int(),
  /** Bytes published in the ring. */
  bytes: z.int(),
  keyFrames: z.int(),
  dropped: z.int(),
  /** Age of the newest frame now; null before the first, and while the branch is closed. */
  ageMs: z.number().nullable(),
  /** Capture to publication of the newest frame. */
  latencyMs: z.number().nullable(),
  addresses: z.strictObject({
    rtsp: z.string().nullable(),
    mjpeg: z.string().nullable(),
    /** MJPEG on the stream's own port. */
    mjpegPort: z.string().nullable(),
    picture: z.string().nullable(),
    /** MPEG-TS. */
    ts: z.string().nullable(),
    /** Fragmented MP4. */
    mp4: z.string().nullable(),
    /** MP4 for MSE, or pictures, over a WebSocket. */
    ws: z.string().nullable(),
    /** Path of the ring file. */
    ring: z.string().nullable(),
    /** Path of the socket for GStreamer's shmsrc. */
    shmsink: z.string().nullable(),
  }),
  /** What to write behind `shmsrc`, which is not told of it; null where there is no shmsink. */
  shmsrcCaps: z.string().nullable(),
});
export type StreamView = z.infer<typeof streamView>;

export const cameraView = z.strictObject({
  name: z.string(),
  state: z.enum(['starting', 'live', 'slate', 'asleep', 'stopped']),
  reason: z.string().nullable(),
  detail: z.string(),
  /** Since when it has this state, ISO 8601. */
  since: z.string(),
  health: z.enum(['healthy', 'degraded', 'unhealthy', 'failed']),
  source: z.strictObject({
    /** As configured, credentials removed. */
    uri: z.string(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    framerate: z.number().nullable(),
    measuredFramerate: z.number(),
    caps: z.string().nullable(),
    /** How it is encrypted on its way; null where it is not, and while it is not connected. */
    protection: z
      .strictObject({
        protocol: z.enum(['srtp', 'srt', 'tls']),
        version: z.string(),
        cipher: z.string(),
        /** Greater with each new key. */
        keyEpoch: z.int(),
      })
      .nullable(),
  }),
  captured: z.int(),
  slates: z.int(),
  dropped: z.int(),
  /** Captured frames that were broken, or of H.264 could not be decoded. */
  undecodable: z.int(),
  /** How often its worker was started again. */
  restarts: z.int(),
  streams: z.array(streamView),
});
export type CameraView = z.infer<typeof cameraView>;

export const actionView = z.strictObject({
  action: z.enum([
    'remove-camera',
    'restart-camera',
    'replace-source',
    'remove-branch',
    'rebuild-branch',
    'add-branch',
    'adjust-branch',
    'set-property',
    'change-outputs',
    'redraw-slate',
    'set-controls',
    'change-limits',
    'set-load',
    'add-camera',
    'reorder',
  ]),
  camera: z.string().nullable(),
  /** The stream, or the JPEG branch beside it. */
  stream: z.string().nullable(),
  /** A sentence for people. */
  detail: z.string(),
});

/** A key whose value an environment variable or a `--set` determines, whatever the API says. */
export const overrideView = z.strictObject({ path: z.string(), by: z.string() });

/** What a change of the profile did; with `dryRun=1`, what it would do. */
export const changeView = z.strictObject({
  dryRun: z.boolean(),
  /** In their order. Empty: what runs is what was asked for. */
  actions: z.array(actionView),
  /** Keys of the request that change nothing while something overrides them. */
  overridden: z.array(overrideView),
  /** Keys that count only from the next start of the appliance on. */
  needsRestart: z.array(z.string()),
  /** Sentences about what is allowed and may surprise. */
  warnings: z.array(z.string()),
  /** Whether it survives a restart. */
  kept: z.boolean(),
});
export type ChangeView = z.infer<typeof changeView>;

export const profileView = z.strictObject({
  /** As it is written, with the changes and the overrides; without credentials. */
  profile: z.record(z.string(), z.unknown()),
  /** What the API changed: a JSON merge patch against the administrator's profile. */
  changes: z.record(z.string(), z.unknown()),
  overrides: z.array(overrideView),
  /** Keys that count only from the next start of the appliance on. */
  needsRestart: z.array(z.string()),
  /** Whether changes survive a restart. */
  kept: z.boolean(),
});
export type ProfileView = z.infer<typeof profileView>;
