import { z } from 'zod';
import { controlView } from '../control-views.js';
import type { Operation } from '../operation.js';
import type { DeviceDirectory } from '../ports.js';

export const deviceView = z.strictObject({
  /** As its driver calls it. */
  name: z.string(),
  /** `/dev/videoN`: the number may be another one after the next plugging in. */
  path: z.string(),
  /** Empty where it cannot be opened. */
  driver: z.string(),
  /** Where it is plugged in, in its driver's words; empty where it cannot be opened. */
  bus: z.string(),
  /** USB ids, four hexadecimal digits each; null for what is not on USB. */
  vendor: z.string().nullable(),
  product: z.string().nullable(),
  /** The USB serial number, null where there is none. */
  serial: z.string().nullable(),
  /** Names below /dev/v4l that lead to it. */
  links: z.array(z.string()),
  /** What a profile names it, so that it is found again after a restart. */
  source: z.string(),
  /** What it offers, in its own order. */
  formats: z.array(
    z.strictObject({
      media: z.string(),
      /** GStreamer's name of a raw format, or JPEG, H264. */
      format: z.string(),
      width: z.int(),
      height: z.int(),
      /** Frames a second, highest first. */
      framerates: z.array(z.number()),
    }),
  ),
  /** Empty in events, where nobody asked the device for them. */
  controls: z.array(controlView),
  /** Cameras of the profile whose source means it. */
  cameras: z.array(z.string()),
  /** Why it cannot be opened, as a camera's reason; null: it can. */
  reason: z.string().nullable(),
  detail: z.string(),
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
