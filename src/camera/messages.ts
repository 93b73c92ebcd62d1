/**
 * The messages between the appliance and a camera core.
 *
 * One protocol, two carriers: `teecam-worker` speaks it as JSON lines over
 * descriptor 3 (a socket pair), the addon in process. Media never crosses
 * either. Replies and events share one ordered channel. This file is the only
 * place where the messages are written down; the native side lists the commands
 * and events it knows in `ready`, and a test compares the two.
 *
 * Units are in the names. Times are CLOCK_MONOTONIC nanoseconds unless said
 * otherwise; they stay below 2^53 for 104 days of uptime of the *machine* and
 * lose a few nanoseconds after that, which no consumer of these numbers minds.
 */
import { z } from 'zod';
import { sourcePlan, stageChange, stagePlan } from '../plan/graph.js';

/** Counts up when a message changes its meaning. Appliance and worker must agree. */
export const PROTOCOL_VERSION = 1;

/**
 * Why a camera shows its slate, a source could not be opened, or a live one is not as it should be: one per
 * distinguishable fault, closed, documented in docs/reasons.md.
 */
export const reasons = [
  'no-device', // nothing there, or nothing of that name
  'busy', // another program holds it
  'no-permission', // the kernel refused to open it
  'format-refused', // it is there, but gives none of the formats asked for
  'stalled', // it was opened, but gives no frames
  'no-key-frame', // it gives H.264 or H.265, and not yet the frame that a picture can begin with
  'gone', // it was there and went away
  'no-signal', // the device is there, but nothing feeds it: an HDMI grabber without its source
  'not-started', // it was opened, but its driver refuses to give frames
  'read-failed', // the device is there, but reading from it fails
  'wedged', // its driver hangs and does not let go of the device
  'slow', // live, but with far fewer frames than it promised
  'unreachable', // nothing answers at its address
  'refused', // its server wants another user or password
  'untrusted', // its server has a certificate that is not trusted
  'corrupt', // what it gives cannot be decoded
  'ended', // a file that plays a stated number of times has come to its end
  'missing-element', // GStreamer lacks an element that the source needs
  'failed', // anything else; the detail has GStreamer's words
  'worker-died', // the camera's worker ended unexpectedly
  'circuit-open', // the workers die one after another; the next try is delayed
] as const;
export const reason = z.enum(reasons);
export type Reason = z.infer<typeof reason>;

export const cameraStates = ['starting', 'live', 'slate', 'asleep', 'stopped'] as const;
export const cameraState = z.enum(cameraStates);
export type CameraState = z.infer<typeof cameraState>;

/** A format that a source offers. Raw: `format` is GStreamer's name; encoded: 'JPEG', 'H264' or 'H265'. */
export const sourceFormat = z.strictObject({
  media: z.enum(['video/x-raw', 'image/jpeg', 'video/x-h264', 'video/x-h265']),
  format: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  /** Frames a second as exact fractions, highest first. */
  framerates: z.array(z.tuple([z.int().nonnegative(), z.int().positive()])),
});
export type SourceFormat = z.infer<typeof sourceFormat>;

// ---- commands: appliance → core ------------------------------------------

/** What does this source offer? Opens it, reads its formats, closes it. Reply: `probed`. Error codes are reasons. */
export const probeCommand = z.strictObject({
  type: z.literal('probe'),
  /** `v4l2`: path of the device node; `file`: path of the file. */
  kind: z.enum(['v4l2', 'file']),
  path: z.string(),
});
/** What does this source deliver? Plays it to its first frames. Reply and error codes are those of `probe`. */
export const probePlanCommand = z.strictObject({ type: z.literal('probe-plan'), plan: sourcePlan });
export const probed = z.strictObject({ formats: z.array(sourceFormat) });

/** Builds and starts the stage: gate, branches, ring writers. The slate runs until a source is live. Once per core. */
export const startCommand = z.strictObject({ type: z.literal('start'), plan: stagePlan });

/**
/**
 * Changes the stage while it runs: all of it, or with an error nothing. Streams
 * that it does not name lose no frame. Error codes are those of `start`.
 */
export const changeCommand = z.strictObject({ type: z.literal('change'), change: stageChange });

/**
 * Replaces the source; null takes it away. The core does not retry on its own: policy is the appliance's.
 * Where the stage may sleep and nobody reads, the source is kept for the first reader and the state is `asleep`.
 */
export const switchSourceCommand = z.strictObject({
  type: z.literal('switch-source'),
  source: sourcePlan.nullable(),
});

/** Replaces the slate's picture: a file of raw RGB in the gate's size, rows without padding. */
export const slateCommand = z.strictObject({
  type: z.literal('slate'),
  file: z.string(),
  /** Null: there is no fault, the camera has only not begun. */
  reason: reason.nullable(),
});

const controlValue = z.union([z.number(), z.string()]);

/** A control of a V4L2 device. */
export const deviceControl = z.strictObject({
  id: z.int(),
  /** As v4l2-ctl writes it, `white_balance_automatic`; unique in its device. */
  name: z.string(),
  /** As its driver calls it, and the group that it is in. */
  label: z.string(),
  group: z.string(),
  type: z.enum(['integer', 'boolean', 'menu', 'button', 'integer64', 'string', 'bitmask', 'integer-menu']),
  /** Of a string, how long it may be. */
  minimum: z.number(),
  maximum: z.number(),
  step: z.number(),
  /** Booleans are 0 and 1, menus the `value` of an entry. Null for a button, and for what cannot be read. */
  default: controlValue.nullable(),
  value: controlValue.nullable(),
  menu: z.array(z.strictObject({ value: z.number(), label: z.string() })),
  readOnly: z.boolean(),
  /** Without effect, or not to be set, as long as others are as they are now. */
  inactive: z.boolean(),
  /** The device changes it by itself. */
  selfChanging: z.boolean(),
  /** Others may become active or inactive by it, as by an automatic mode. */
  gates: z.boolean(),
});
export type DeviceControl = z.infer<typeof deviceControl>;

/** Reads a device's controls, through a descriptor of its own. Error codes are reasons. */
export const controlsCommand = z.strictObject({ type: z.literal('controls'), device: z.string() });

/** Sets controls in this order, and reads all of them again; the value of a button counts for nothing. */
export const setControlsCommand = z.strictObject({
  type: z.literal('set-controls'),
  device: z.string(),
  values: z.array(z.strictObject({ id: z.int(), value: controlValue })),
});
/** The reply to both. */
export const controlsRead = z.strictObject({
  controls: z.array(deviceControl),
  /** Those that the driver refused to set, in its own words; the others are set all the same. */
  failed: z.array(z.strictObject({ id: z.int(), message: z.string() })),
});

export type ControlsRead = z.infer<typeof controlsRead>;

/** Asks a stream's encoder for a key frame; at most one each 500 ms is passed on. */
export const keyFrameCommand = z.strictObject({ type: z.literal('key-frame'), stream: z.string() });

/** Ends everything; the reply is followed by `stopped`, the last message. */
export const stopCommand = z.strictObject({ type: z.literal('stop') });

export const command = z.discriminatedUnion('type', [
  probeCommand,
  probePlanCommand,
  startCommand,
  changeCommand,
  switchSourceCommand,
  slateCommand,
  keyFrameCommand,
  controlsCommand,
  setControlsCommand,
  stopCommand,
]);
export type Command = z.infer<typeof command>;
export type CommandType = Command['type'];
/** On the wire a command has an id, and its reply names it. */
export type SentCommand = Command & { id: number };

export interface Results {
  probe: z.infer<typeof probed>;
  'probe-plan': z.infer<typeof probed>;
  start: Record<string, never>;
  change: Record<string, never>;
  'switch-source': Record<string, never>;
  slate: Record<string, never>;
  'key-frame': Record<string, never>;
  controls: ControlsRead;
  'set-controls': ControlsRead;
  stop: Record<string, never>;
}

// ---- replies and events: core → appliance ---------------------------------

/** `code` is a reason, or one of: bad-message, bad-plan, bad-state, ring-unusable, internal. */
export const reply = z.discriminatedUnion('ok', [
  z.strictObject({ reply: z.int(), ok: z.literal(true), value: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    reply: z.int(),
    ok: z.literal(false),
    error: z.strictObject({ code: z.string(), message: z.string() }),
  }),
]);
export type Reply = z.infer<typeof reply>;

/** The first message of a core. */
export const readyEvent = z.strictObject({
  event: z.literal('ready'),
  protocol: z.int(),
  gstreamer: z.string(),
  commands: z.array(z.string()),
  events: z.array(z.string()),
});

/** Sent on every change. `detail` is a sentence for people, without credentials; GStreamer's words where there are any. */
export const stateEvent = z.strictObject({
  event: z.literal('state'),
  state: cameraState,
  reason: reason.nullable(),
  detail: z.string(),
});

/** What the source really delivers; sent when its caps are known or change. */
export const sourceEvent = z.strictObject({
  event: z.literal('source'),
  caps: z.string(),
  width: z.int(),
  height: z.int(),
  /** 0/1 when it varies. */
  framerate: z.tuple([z.int(), z.int()]),
});

/**
 * The controls of the device that is captured from: sent with its first frame,
 * each time that it is opened, and when its driver says that one changed.
 */
export const controlsEvent = z.strictObject({
  event: z.literal('controls'),
  device: z.string(),
  controls: z.array(deviceControl),
});

/** By node id, of those that something can enter. Counted since the node was made. */
const flow = z.record(
  z.string(),
  z.strictObject({
    /** Buffers that came to it, dropped there or not. */
    entered: z.int(),
    /** Of these, lost although somebody wanted them: in a leaky queue, in the ring's sink. */
    lost: z.int(),
  }),
);
export type NodeFlow = z.infer<typeof flow>[string];

/** Counters since the core began; rates are the appliance's to compute. Once a second, when the camera falls asleep, and before `stopped`. */
export const statsEvent = z.strictObject({
  event: z.literal('stats'),
  atNs: z.number(),
  gate: z.strictObject({
    /** Frames the source delivered. */
    captured: z.int(),
    /** Of these, replaced by a newer one before the stage took them. */
    dropped: z.int(),
    slates: z.int(),
    /**
     * Of the captured, kept from viewers: JPEG without beginning or end, what the driver calls
     * broken, H.264 and H.265 before the first key frame.
     */
    undecodable: z.int(),
    /** Timestamps that had to be moved forward to stay in order. */
    clamped: z.int(),
  }),
  streams: z.record(
    z.string(),
    z.strictObject({
      /** The branch's valve. */
      open: z.boolean(),
      /** How often it was opened. */
      openings: z.int(),
      /** Buffers that entered the encoder; 0 for a raw stream. */
      encoded: z.int(),
      /** Frames published in the ring. */
      published: z.int(),
      bytes: z.int(),
      keyFrames: z.int(),
      /** Frames lost between the tee and the ring: queue overruns, frames larger than the arena. */
      dropped: z.int(),
      /** Raw frames that had to be copied into the ring. */
      copied: z.int(),
      /** Capture to publication of the newest frame. */
      latencyNs: z.number(),
      /** Presence locks on the ring, the appliance's own included. */
      readers: z.int(),
      /**
       * Mean of the camera's picture that was encoded last, 0 to 1. Null for what is not encoded here, while
       * there is the slate, and where the picture is not in the processor's memory.
       */
      brightness: z.number().nullable(),
    }),
  ),
  /** `source` is of the source pipeline that plays now, and empty without one. */
  flow: z.strictObject({ source: flow, stage: flow }),
  /** Of the connections that the core has made, since each was; null without one. */
  network: z
    .strictObject({
      bytes: z.int(),
      segments: z.int(),
      /** Of the segments: one before was lost, or was overtaken. */
      outOfOrder: z.int(),
      roundTripNs: z.int(),
    })
    .nullable(),
  /** By TLS, of the source's newest connection; null where it is not, or before it is connected. */
  protection: z
    .strictObject({
      /** `1.3`; empty where it is not known. */
      version: z.string(),
      cipher: z.string(),
      /** Counts the handshakes of the core. */
      keyEpoch: z.int(),
    })
    .nullable(),
});

/** Something a person should know; each code at most once a second, `count` says how often it happened since. */
export const warningEvent = z.strictObject({
  event: z.literal('warning'),
  code: z.string(),
  message: z.string(),
  count: z.int(),
});

/** An element of the stage has failed, and the core ends. `node`: its id. */
export const stageFailedEvent = z.strictObject({
  event: z.literal('stage-failed'),
  node: z.string(),
  detail: z.string(),
});

/** The last message of a core: nothing follows. */
export const stoppedEvent = z.strictObject({ event: z.literal('stopped') });

export const event = z.discriminatedUnion('event', [
  readyEvent,
  stateEvent,
  sourceEvent,
  controlsEvent,
  statsEvent,
  warningEvent,
  stageFailedEvent,
  stoppedEvent,
]);
export type CoreEvent = z.infer<typeof event>;
export type StatsEvent = z.infer<typeof statsEvent>;
export type StateEvent = z.infer<typeof stateEvent>;
export type SourceEvent = z.infer<typeof sourceEvent>;
