/** What the API shows of sessions. Times are ISO 8601, durations and ages milliseconds. */
import { z } from 'zod';

export const sessionKinds = ['rtsp', 'mjpeg', 'ts', 'mp4', 'ws', 'shmsink', 'analysis'] as const;
const endReasons = [
  'left',
  'dismissed',
  'idle',
  'slow',
  'lagged',
  'stream-gone',
  'format-changed',
  'failed',
  'closing',
] as const;
const throttleModes = ['disabled', 'realtime', 'burst', 'adaptive'] as const;
const limitNames = ['stream', 'camera', 'all'] as const;

const viewer = {
  kind: z.enum(sessionKinds),
  camera: z.string(),
  stream: z.string(),
  /** `ADDRESS:PORT`, or `pid N` of a program on the same machine. */
  client: z.string(),
  /** RTSP's `udp`, `tcp`, `http` or `multicast`; else null. */
  transport: z.string().nullable(),
};

export const sessionView = z.strictObject({
  id: z.string(),
  ...viewer,
  state: z.enum(['created', 'active', 'idle', 'error', 'disconnected']),
  /** Why it ended; null before. */
  reason: z.enum(endReasons).nullable(),
  since: z.string(),
  endedAt: z.string().nullable(),
  durationMs: z.int(),
  /** That the kernel took; over UDP, that were sent. */
  bytes: z.int(),
  frames: z.int(),
  /** Of the last two seconds; of a session that ended, of all its life. */
  bitrateBps: z.int(),
  framerate: z.number(),
  /** Capture to the network, of the newest frame. */
  frameAgeMs: z.number().nullable(),
  /** Frames that the client was too slow for. */
  dropped: z.int(),
  /** Handed to the socket and not taken yet. */
  waitingBytes: z.int(),
  /** How long something has waited for the client, all together. */
  blockedMs: z.int(),
  throttle: z.enum(throttleModes),
  /** How long the throttle has kept frames waiting, all together. */
  heldMs: z.int(),
});
export type SessionView = z.infer<typeof sessionView>;

const counts = <Name extends string>(names: readonly Name[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, z.int()])) as Record<Name, z.ZodInt>);

/** Since the appliance began. */
export const sessionTotals = z.strictObject({
  open: z.int(),
  /** The most at the same time. */
  peak: z.int(),
  opened: z.int(),
  bytes: z.int(),
  frames: z.int(),
  dropped: z.int(),
  blockedMs: z.int(),
  /** Of all that are open, together. */
  bitrateBps: z.int(),
  /** Of those that ended; null while none has. */
  averageDurationMs: z.int().nullable(),
  averageBitrateBps: z.int().nullable(),
  /** By reason. */
  ended: counts(endReasons),
  /** By the limit that was reached. */
  refused: counts(limitNames),
});

export const sessionsView = z.strictObject({
  /** The newest first. */
  sessions: z.array(sessionView),
  ended: z.strictObject({
    /** The newest first, as many as were asked for. */
    sessions: z.array(sessionView),
    /** Known, but more than were asked for. */
    omitted: z.int(),
    /** Of any camera, since the start, that nothing is known of any more. */
    forgotten: z.int(),
  }),
  /** Programs that read a ring by themselves: the system tells how many, not which. */
  ringReaders: z.array(z.strictObject({ camera: z.string(), stream: z.string(), readers: z.int() })),
  totals: sessionTotals,
});
export type SessionsView = z.infer<typeof sessionsView>;

export const sessionEvents = [
  z.strictObject({ event: z.literal('session-opened'), session: sessionView }),
  z.strictObject({ event: z.literal('session-ended'), session: sessionView }),
  z.strictObject({ event: z.literal('session-refused'), ...viewer, limit: z.enum(limitNames) }),
] as const;
export type SessionEventView = z.infer<(typeof sessionEvents)[number]>;
