/** How an encoder proves itself, before cameras depend on it. */
import { z } from 'zod';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { EncoderTried } from './capabilities.js';
import type { EncodedStream, Encoder } from './encoders.js';
import type { Graph, KeyFrameBy } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { encodeH264 } from './h264-branch.js';

/** What the worker is given: a pipeline that ends by itself. */
export interface EncoderTrial {
  graph: Graph;
  encoder: string;
  sink: string;
  keyFrameBy: KeyFrameBy | null;
  /** Frames. */
  keyFrameEvery: number;
}

/** What came of it. */
export const encoderFacts = z.strictObject({
  frames: z.int().nonnegative(),
  /** Which of the frames are key frames, from 0 on. */
  keyFrames: z.array(z.int().nonnegative()),
  /** In the frame that has most. */
  slices: z.int().nonnegative(),
  /** In front of every key frame. */
  parameterSets: z.boolean(),
  /** Of processor time, the picture's making included. */
  cpuMsPerFrame: z.number().nonnegative(),
});
export type EncoderFacts = z.infer<typeof encoderFacts>;

const frames = 18;
const keyFrameEvery = 6;
const asked = frames / keyFrameEvery;

/** The same elements with the same properties as in a camera, at the rate of a camera. */
export function planTrial(encoder: Encoder, stream: EncodedStream): EncoderTrial {
  const builder = new GraphBuilder();
  const { width, height, framerate } = stream;
  const picture = builder.add(null, 'picture', 'videotestsrc', {
    'is-live': true,
    'num-buffers': frames,
    'horizontal-speed': 2,
  });
  const caps = `video/x-raw,format=I420,width=${width},height=${height},framerate=${framerate.join('/')}`;
  const made = encodeH264(builder, 'trial', builder.caps(picture, 'size', caps), { stream, encoder });
  const sink = builder.add(made.head, 'sink', 'fakesink', { sync: false, async: false });
  return { graph: builder.graph, encoder: made.encoder, sink, keyFrameBy: encoder.keyFrameBy, keyFrameEvery };
}

/** Why an encoder that did this cannot be used, as a sentence; null: it can. */
export function refusal(facts: EncoderFacts): string | null {
  const { frames: made, keyFrames, slices, parameterSets } = facts;
  if (made === 0) return 'it gives no frames';
  if (keyFrames[0] !== 0) return 'its first frame is no key frame';
  if (!parameterSets) return 'its key frames come without parameter sets';
  if (slices > 1) return `it makes ${slices} slices of a frame, and many clients take each for a frame`;
  if (keyFrames.length < 2) return 'it makes no key frame when it is asked for one';
  if (keyFrames.length > asked + 1) return 'it makes key frames that nobody asked for';
  return null;
}

/** What is known of it then. */
export function judge(
  outcome: { facts: EncoderFacts } | { trouble: string },
  { width, height, framerate }: EncodedStream,
): EncoderTried {
  if ('trouble' in outcome) return { works: false, detail: outcome.trouble };
  const why = refusal(outcome.facts);
  if (why !== null) return { works: false, detail: why };
  const load = Math.round((outcome.facts.cpuMsPerFrame * perSecond(framerate)) / 10);
  const picture = `${width}x${height} at ${formatFramerate(framerate)}`;
  return { works: true, detail: `a test picture of ${picture} takes ${load} % of one core` };
}
