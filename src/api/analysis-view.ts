/** What the API shows of a stream's analysis. Units are in the names. */
import { z } from 'zod';

const number = z.number().nullable();

/** All but the count are null while nothing was measured. */
export const spreadView = z.strictObject({
  count: z.int(),
  last: number,
  min: number,
  mean: number,
  max: number,
  /** Standard deviation. */
  deviation: number,
});

export const measuresView = z.strictObject({
  seconds: z.number(),
  bytes: z.int(),
  bitrateBps: z.int(),
  framerate: z.number(),
  /** `i`, `p`, `b`: as the slices of H.264 say; a key frame is where a decoder can begin. */
  frameBytes: z.strictObject({
    all: spreadView,
    key: spreadView,
    delta: spreadView,
    i: spreadView,
    p: spreadView,
    b: spreadView,
  }),
  /** Frames of the slate, which are among the others. */
  slates: z.int(),
  /** Frames that the source marked as damaged. */
  errors: z.int(),
  discontinuities: z.int(),
  keyFrameInterval: z.strictObject({ frames: spreadView, ms: spreadView }),
  /** Between neighbouring frames of the camera; the deviation is the jitter. */
  captureIntervalMs: spreadView,
  arrivalIntervalMs: spreadView,
  /** Capture to arrival in this process. */
  latencyMs: spreadView,
  gaps: z.strictObject({ count: z.int(), missedFrames: z.int(), longestMs: number }),
});
export type MeasuresView = z.infer<typeof measuresView>;

export const analysisView = z.strictObject({
  /** When it began, ISO 8601. */
  since: z.string(),
  /** It ends when nobody has asked for so long. */
  keptForS: z.int(),
  /** Null before the stream's start. */
  format: z
    .strictObject({
      codec: z.enum(['h264', 'h265', 'jpeg', 'raw']),
      format: z.string().nullable(),
      width: z.int(),
      height: z.int(),
      /** Nominal; null when it varies. */
      framerate: number,
      /** Of H.264; else null. */
      profile: z.string().nullable(),
      level: z.string().nullable(),
      /** RFC 6381, such as `avc1.42C01F`. */
      codecs: z.string().nullable(),
      /** SPS and PPS in Annex B, base64. */
      headers: z.string().nullable(),
    })
    .nullable(),
  /** Why nothing comes; null while something does. */
  trouble: z.strictObject({ code: z.int(), reason: z.string() }).nullable(),
  /** How the source does; told once a second. */
  signal: z
    .strictObject({
      framerate: z.number(),
      nominalFramerate: z.number(),
      bitrateBps: z.number(),
      jitterNs: z.number(),
      frames: z.int(),
      lost: z.int(),
      corrupted: z.int(),
      slates: z.int(),
      /** From 0, black, to 1; null for H.264 and H.265 that pass through. */
      brightness: number,
      /** Of a V4L2 camera that says how long it exposes. */
      exposureUs: number,
      /** Of a source on a network. */
      network: z
        .strictObject({ bitrateBps: z.number(), lossRatio: z.number(), roundTripNs: z.number() })
        .nullable(),
    })
    .nullable(),
  sinceLastFrameMs: number,
  /** The last whole seconds. */
  window: measuresView,
  /** Since the first frame. */
  total: measuresView,
  /** A value for each of the last whole seconds, the oldest first. */
  series: z.strictObject({ bitrateBps: z.array(z.int()), framerate: z.array(z.int()) }),
});
export type AnalysisView = z.infer<typeof analysisView>;
