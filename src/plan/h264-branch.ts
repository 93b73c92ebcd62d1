import type { EncodedStream, Encoder } from './encoders.js';
import type { GraphBuilder } from './graph-builder.js';

/** Encodes I420 of the stream's size. Returns the last element, and the encoder. */
export function encodeH264(
  builder: GraphBuilder,
  name: string,
  from: string,
  {
    stream,
    encoder: { element, hardware, input, properties, output },
  }: { stream: EncodedStream; encoder: Encoder },
): { head: string; encoder: string } {
  let head = from;
  // A slate's caps have another rate. v4l2h264enc cannot begin anew at all: its flow of before ends the
  // negotiation; for others it is a pause.
  if (hardware)
    head = builder.add(head, `${name}.pace`, 'capssetter', {
      caps: `video/x-raw,framerate=${stream.framerate.join('/')}`,
    });
  for (const step of input) head = builder.add(head, `${name}.${step.id}`, step.element, step.properties);
  const encoder = builder.add(head, `${name}.encode`, element, properties(stream));
  head = builder.caps(encoder, `${name}.profile`, output(stream));
  // -1: SPS and PPS in front of every key frame, so that a reader can begin at any.
  head = builder.add(head, `${name}.parse`, 'h264parse', { 'config-interval': -1 });
  return {
    head: builder.caps(head, `${name}.frames`, 'video/x-h264,stream-format=byte-stream,alignment=au'),
    encoder,
  };
}
