/** A device's controls, as the API shows them. */
import { z } from 'zod';

const controlValue = z.union([z.boolean(), z.number(), z.string()]);

export const controlView = z.strictObject({
  /** As v4l2-ctl writes it; what a profile and a PATCH call it. */
  name: z.string(),
  /** As its driver calls it, and the group that it is in. */
  label: z.string(),
  group: z.string(),
  type: z.enum(['integer', 'boolean', 'menu', 'button', 'integer64', 'string', 'bitmask', 'integer-menu']),
  /** Of a string, how many bytes it may have. */
  minimum: z.number(),
  maximum: z.number(),
  step: z.number(),
  /** Null for a button. Of a menu, the number of the entry. */
  default: controlValue.nullable(),
  /** Null for a button, and where the device does not tell. */
  value: controlValue.nullable(),
  menu: z.array(z.strictObject({ value: z.number(), label: z.string() })),
  readOnly: z.boolean(),
  /** Without effect as the others are set now; most often an automatic mode has it. */
  inactive: z.boolean(),
  /** The device changes it by itself. */
  selfChanging: z.boolean(),
});
export type ControlView = z.infer<typeof controlView>;

export const controlsView = z.strictObject({
  /** Null: there is no device now, or the camera is none that has controls. */
  device: z.string().nullable(),
  controls: z.array(controlView),
  /** What the profile wants, set whenever the device is opened. */
  kept: z.record(z.string(), controlValue),
  /** What of it cannot be so on this device. */
  faults: z.array(z.strictObject({ control: z.string(), message: z.string() })),
});
export type ControlsView = z.infer<typeof controlsView>;
