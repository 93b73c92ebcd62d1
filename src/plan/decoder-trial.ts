/** How a decoder proves itself. */
import type { Decoder, EncodedMedia } from './decoders.js';
import type { EncoderFacts, EncoderTrial } from './encoder-trial.js';
import { GraphBuilder } from './graph-builder.js';
import { addParser } from './groups.js';

/** With one picture, the file `picture`, behind the same parser as in a camera. */
export function planDecoderTrial(media: EncodedMedia, decoder: Decoder, picture: string): EncoderTrial {
  const builder = new GraphBuilder();
  const file = builder.add(null, 'file', 'filesrc', { location: picture });
  const tried = builder.add(addParser(builder, file, media), 'decoder', decoder.element, decoder.properties);
  const sink = builder.add(tried, 'sink', 'fakesink', { sync: false, async: false });
  return { graph: builder.graph, encoder: tried, sink, keyFrameBy: null, keyFrameEvery: 2 };
}

/** What is wrong with it, as a sentence; null: it works. */
export function decoderTrouble(outcome: { facts: EncoderFacts } | { trouble: string }): string | null {
  if ('trouble' in outcome) return outcome.trouble;
  return outcome.facts.frames > 0 ? null : 'it does not decode a test picture';
}
