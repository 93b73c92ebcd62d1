import { z } from 'zod';
import type { Operation } from '../operation.js';
import type { DeviceDirectory } from '../ports.js';

export const deviceView = z.strictObject({
  /** As its driver calls it. */
  name: z.string(),
  /** `/dev/videoN`. */
  path: z.string(),
  /** The USB serial number, null where there is none. */
  serial: z.string().nullable(),
  /** What a profile names it, so that it is found again after a restart and at another port. */
  source: z.string(),
});
export type DeviceView = z.infer<typeof deviceView>;

export function deviceOperations(directory: DeviceDirectory): Operation[] {
  return [
    {
      path: '/api/v1/devices',
      tag: 'cameras',
      summary: 'The cameras that are connected to this machine, whether the profile uses them or not',
      responses: { 200: { description: 'The devices', schema: z.array(deviceView) } },
      async handle(ctx) {
        ctx.set('Cache-Control', 'no-store');
        ctx.body = await directory.devices();
      },
    },
  ];
}
