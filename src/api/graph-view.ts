/** A camera's running graph, as a schema: for tests and the OpenAPI document. */
import { z } from 'zod';
import { cameraView } from './views.js';

const count = { frames: z.int(), perSecond: z.number() };

export const graphView = z.strictObject({
  camera: z.string(),
  state: cameraView.shape.state,
  reason: z.string().nullable(),
  /** Those upstream first. Ids of the source pipeline begin with `source.`; `gate` stands between the two. */
  nodes: z.array(
    z.strictObject({
      id: z.string(),
      /** GStreamer's factory name, or `gate`. */
      element: z.string(),
      properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      /** Branches that lie behind it. */
      streams: z.array(z.string()),
      /** Frames get here: no valve on the way is closed. */
      open: z.boolean(),
      /** Frames that come and do not go on; null where none can be dropped. Only `lost` ones are missed. */
      drops: z.strictObject({ kind: z.enum(['thinned', 'closed', 'lost']), ...count }).nullable(),
      /** Of the branch that ends in this node. */
      branch: z
        .strictObject({
          open: z.boolean(),
          readers: z.int(),
          published: z.strictObject(count),
          bitrateBps: z.int(),
          latencyMs: z.number().nullable(),
        })
        .nullable(),
    }),
  ),
  links: z.array(
    z.strictObject({
      from: z.string(),
      to: z.string(),
      open: z.boolean(),
      /** Since the worker began, or the source was opened; null where it is not counted. */
      frames: z.int().nullable(),
      perSecond: z.number().nullable(),
    }),
  ),
});
export type GraphView = z.infer<typeof graphView>;
