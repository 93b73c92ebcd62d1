import { z } from 'zod';
import type { Operation } from '../operation.js';
import type { CodecDirectory } from '../ports.js';

export const encoderView = z.strictObject({
  /** GStreamer's element. */
  name: z.string(),
  hardware: z.boolean(),
  /** What came of its trial. Null: there was none yet, or it is software, which is trusted without one. */
  works: z.boolean().nullable(),
  /** A sentence: what it takes, or why it is refused. */
  detail: z.string().nullable(),
  /** Cameras that it failed while it ran within the last hour: they have another encoder. */
  failures: z.array(z.strictObject({ camera: z.string(), why: z.string(), since: z.iso.datetime() })),
});
export type EncoderView = z.infer<typeof encoderView>;

export function encoderOperations(directory: CodecDirectory): Operation[] {
  return [
    {
      path: '/api/v1/encoders',
      tag: 'cameras',
      summary: 'The H.264 encoders of this machine, the preferred one first, and what came of trying them',
      responses: { 200: { description: 'The encoders', schema: z.array(encoderView) } },
      handle(ctx) {
        ctx.body = directory.encoders();
      },
    },
  ];
}
