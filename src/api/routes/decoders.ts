import { z } from 'zod';
import type { Operation } from '../operation.js';
import type { CodecDirectory } from '../ports.js';

export const decoderView = z.strictObject({
  media: z.enum(['jpeg', 'h264', 'h265']),
  /** GStreamer's element, always software; null: none of those that can be used is there. */
  name: z.string().nullable(),
  /** Whether it has decoded a test picture. */
  works: z.boolean(),
  /** A sentence. */
  detail: z.string(),
});
export type DecoderView = z.infer<typeof decoderView>;

export function decoderOperations(directory: CodecDirectory): Operation[] {
  return [
    {
      path: '/api/v1/decoders',
      tag: 'cameras',
      summary:
        'The decoder that is used for each kind of media, and whether it works: tried when first asked for',
      responses: { 200: { description: 'The decoders', schema: z.array(decoderView) } },
      async handle(ctx) {
        ctx.body = await directory.decoders();
      },
    },
  ];
}
