/**
 * The graph that the planner makes and the native core builds: data, never a
 * launch string. Two graphs a camera: the source pipeline, small and
 * disposable, and the stage pipeline, which lives as long as the plan does. The
 * gate joins them: it takes what the source's outlet gives and feeds the
 * stage's inlet, or the slate when there is nothing to take.
 */
import { z } from 'zod';

/** Set as GStreamer would parse it from a string: numbers, booleans, enum nicks, fractions, caps. */
export const propertyValue = z.union([z.string(), z.number(), z.boolean()]);

export const graphNode = z.strictObject({
  /** Unique in its graph; the GStreamer element has this name. */
  id: z.string(),
  /**
   * Factory name. Ours: `teecamrate` (even frame dropping), `teecamfullrange` (colours for JPEG),
   * `teecamfromkey` (nothing but from a key frame on), `teecamringsink` (ring writer).
   */
  element: z.string(),
  properties: z.record(z.string(), propertyValue),
});
export type GraphNode = z.infer<typeof graphNode>;

/** Static pads are linked at once, sometimes pads (decodebin's) when they appear. */
export const graphLink = z.strictObject({ from: z.string(), to: z.string() });
export type GraphLink = z.infer<typeof graphLink>;

export const graph = z.strictObject({ nodes: z.array(graphNode), links: z.array(graphLink) });
export type Graph = z.infer<typeof graph>;

/** A fraction as [numerator, denominator]. */
export const fraction = z.tuple([z.int().nonnegative(), z.int().positive()]);
export type Fraction = z.infer<typeof fraction>;

/** What passes from source to stage: pictures, or what the source has encoded, one picture a buffer. */
export const media = z.enum(['raw', 'jpeg', 'h264', 'h265']);
export type Media = z.infer<typeof media>;
/** In people's words. */
export const mediaWords: Readonly<Record<Media, string>> = {
  raw: 'raw',
  jpeg: 'JPEG',
  h264: 'H.264',
  h265: 'H.265',
};

export const sourcePlan = z.strictObject({
  graph,
  /**
   * What the outlet gives. `h264` and `h265` are byte streams, one access unit a
   * buffer, parameter sets in front of every key frame. A stage takes its own media only.
   */
  media,
  /** The appsink whose buffers the gate takes. */
  outlet: z.string(),
  /**
   * Files played one after another, each by a pipeline of its own built from
   * the same graph, timestamps continuing: `property` of `node` is set to each
   * item in turn. Null for a source that has no end.
   */
  playlist: z
    .strictObject({
      node: z.string(),
      property: z.string(),
      items: z.array(z.string()).min(1),
      /** How often the whole list is played; null: for ever. */
      loops: z.int().positive().nullable(),
    })
    .nullable(),
  /** Its frames are stamped by another machine's clock: the core brings them to ours. */
  foreignClock: z.boolean(),
  /** SHA-256 of the only certificate that its server may have, in hexadecimal digits; null: what this machine trusts. */
  certificate: z.string().nullable(),
});
export type SourcePlan = z.infer<typeof sourcePlan>;

/** How an encoder is asked for a key frame that does not know GStreamer's event for it. */
export const keyFrameBy = z.discriminatedUnion('by', [
  /** An action signal that takes nothing. */
  z.strictObject({ by: z.literal('signal'), signal: z.string() }),
  z.strictObject({ by: z.literal('property'), property: z.string(), value: propertyValue }),
]);
export type KeyFrameBy = z.infer<typeof keyFrameBy>;

export const branchPlan = z.strictObject({
  stream: z.string(),
  /** The valve at the branch's head; closed while nobody reads. A branch nested in another has both open. */
  valves: z.array(z.string()).min(1),
  /** Node id of the encoder, null for raw and what is passed through. Key frames are asked of it, its input is counted. */
  encoder: z.string().nullable(),
  /** The `teecamringsink`. */
  sink: z.string(),
  /** The ring file; the appliance has made it. */
  ring: z.string(),
  /** Frames from key frame to key frame; null: each is one, or they come when the source likes. The core asks the encoder for them. */
  gopFrames: z.int().positive().nullable(),
  /** How it asks for them; null: by GStreamer's event. */
  keyFrameBy: keyFrameBy.nullable(),
  /** Never closed. */
  always: z.boolean(),
  /** How long the branch stays open after its last reader. */
  lingerMs: z.int().nonnegative(),
});
export type BranchPlan = z.infer<typeof branchPlan>;

export const stagePlan = z.strictObject({
  camera: z.string(),
  graph,
  /** The appsrc that the gate feeds. */
  inlet: z.string(),
  gate: z.strictObject({
    /** What the inlet carries, the slate too. */
    media,
    /** The slate's size, and its nominal framerate, that of the capture. What is encoded is delivered in this size. */
    width: z.int().positive(),
    height: z.int().positive(),
    framerate: fraction,
    /** No live frame for so long: the slate. */
    stallMs: z.int().positive(),
    slateFramerate: fraction,
    /** Raw RGB of this size, rows without padding; null: plain dark grey. */
    slateFile: z.string().nullable(),
    /** Makes of the slate what the inlet carries, one behind the other; nothing for raw pictures. */
    slateEncoder: z.array(graphNode),
  }),
  branches: z.array(branchPlan),
  /**
   * The source is closed so long after the last branch, and opened again with
   * the next one, by the core itself. Null: it stays open.
   */
  sleepAfterMs: z.int().nonnegative().nullable(),
});
export type StagePlan = z.infer<typeof stagePlan>;

/**
 * What turns a running stage into another one. Nodes are known by their ids, so
 * this is the difference of two graphs: a node that another one replaces under
 * the same id is in `remove` and in `add`.
 */
export const stageChange = z.strictObject({
  /** On elements that go on running. */
  set: z.array(z.strictObject({ node: z.string(), property: z.string(), value: propertyValue })),
  /** Whole subtrees that hang on a tee, and the branches that end in them. */
  remove: z.strictObject({ nodes: z.array(z.string()), streams: z.array(z.string()) }),
  /** Their links begin at tees that stay. */
  add: z.strictObject({
    nodes: z.array(graphNode),
    links: z.array(graphLink),
    branches: z.array(branchPlan),
  }),
  /** Branches that stay where they are, with another `gopFrames`, `always` or `lingerMs`. */
  adjust: z.array(branchPlan),
  /** Streams that go on in another ring file, which waits under its draft name until the change is made. */
  drafts: z.array(z.string()),
});
export type StageChange = z.infer<typeof stageChange>;
