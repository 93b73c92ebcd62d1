/** What is shown and told of streams that are less than the profile says, since the machine cannot keep up. */
import { z } from 'zod';
import { rungs } from '../profile/schema.js';

const qualityView = z.strictObject({
  width: z.int(),
  height: z.int(),
  framerate: z.number(),
  /** Null where it is not H.264. */
  bitrateBps: z.int().nullable(),
  /** Null where it is not JPEG. */
  quality: z.int().nullable(),
});
export type QualityView = z.infer<typeof qualityView>;

export const loadView = z.strictObject({
  /** In the order in which they were taken. */
  steps: z.array(z.enum(rungs)),
  /** What the profile says. */
  full: qualityView,
  /** Of the last step. */
  since: z.string(),
  /** Of the last step, a sentence. */
  reason: z.string(),
});
export type LoadView = z.infer<typeof loadView>;

/** A stream has been lowered, or raised again, by one step. */
export const loadEvent = z.strictObject({
  event: z.literal('load'),
  camera: z.string(),
  stream: z.string(),
  direction: z.enum(['down', 'up']),
  step: z.enum(rungs),
  from: qualityView,
  to: qualityView,
  /** A sentence. */
  reason: z.string(),
  measured: z.strictObject({
    /** Which stream loses most, and where: a queue of the graph, or the gate. Null: none loses any. */
    worst: z.strictObject({ camera: z.string(), stream: z.string(), place: z.string() }).nullable(),
    /** The part of the frames that is lost there, 0 to 1. */
    lost: z.number(),
    /** For how long it was measured; of a step up, for how long nothing was lost. */
    seconds: z.number(),
    /** Capture to publication of the lowered or raised stream's newest frame, before the step. */
    latencyMs: z.number().nullable(),
    /** The part of all processors' time that is in use, 0 to 1. */
    busy: z.number(),
  }),
});
export type LoadEvent = z.infer<typeof loadEvent>;
