/** What a profile wants of a device's controls, against what the device has. Pure. */
import { didYouMean, type Finding, show } from '../profile/fault.js';
import { nearest } from '../profile/nearest.js';
import type { ControlValue, ControlValues } from '../profile/profile.js';
import type { DeviceControl } from './messages.js';

/** A value that the device takes. */
export interface ControlSetting {
  name: string;
  id: number;
  value: number | string;
  /** Its default, for want of a wish: one that is inactive then may stay as it is. */
  standard?: true;
}

/** What is wrong with a value, without its place. */
export type ControlFault = Pick<Finding, 'expected' | 'found' | 'hint'> & { name: string };

export interface ResolvedControls {
  settings: ControlSetting[];
  faults: ControlFault[];
}

/** What can be said without setting anything. `press`: buttons among them are to be pressed; nothing can be kept of them. */
export function resolveControls(
  has: readonly DeviceControl[],
  wanted: ControlValues,
  { press = false } = {},
): ResolvedControls {
  const settings: ControlSetting[] = [];
  const faults: ControlFault[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const control = has.find((one) => one.name === name);
    if (!control) {
      faults.push(unknownControl(has, name));
      continue;
    }
    const resolved = valueFor(control, value, press);
    if ('value' in resolved) settings.push({ name, id: control.id, value: resolved.value });
    else faults.push({ name, ...resolved });
  }
  return { settings, faults };
}

/** What turns the controls that one profile wants into those of another; what is wanted no more goes back to its default. */
export function changedControls(
  has: readonly DeviceControl[],
  before: ControlValues,
  after: ControlValues,
): ResolvedControls {
  const changed = Object.entries(after).filter(
    ([name, value]) => !Object.hasOwn(before, name) || before[name] !== value,
  );
  const { settings, faults } = resolveControls(has, Object.fromEntries(changed));
  const isGone = (name: string) => Object.hasOwn(before, name) && !Object.hasOwn(after, name);
  return { settings: [...settings, ...standardSettings(has).filter(({ name }) => isGone(name))], faults };
}

type Resolved = { value: number | string } | Omit<ControlFault, 'name'>;

function valueFor(control: DeviceControl, wanted: ControlValue, press: boolean): Resolved {
  if (control.readOnly) return { expected: 'nothing, for it can only be read', found: show(wanted) };
  switch (control.type) {
    case 'boolean':
      return booleanFor(wanted);
    case 'button':
      if (!press)
        return { expected: 'a control that has a value', found: 'a button, which is pressed and not kept' };
      return wanted === true ? { value: 1 } : { expected: 'true, which presses it', found: show(wanted) };
    case 'menu':
    case 'integer-menu':
      return entryFor(control, wanted);
    case 'string':
      return textFor(control, wanted);
    case 'bitmask':
      return bitsFor(control, wanted);
    default:
      return numberFor(control, wanted);
  }
}

function booleanFor(wanted: ControlValue): Resolved {
  if (wanted === true || wanted === 1) return { value: 1 };
  if (wanted === false || wanted === 0) return { value: 0 };
  return { expected: 'true or false', found: show(wanted) };
}

function numberFor({ minimum, maximum, step }: DeviceControl, wanted: ControlValue): Resolved {
  const isIn =
    typeof wanted === 'number' &&
    Number.isSafeInteger(wanted) &&
    wanted >= minimum &&
    wanted <= maximum &&
    (step <= 1 || (wanted - minimum) % step === 0);
  if (isIn) return { value: wanted };
  const steps = step > 1 ? `, in steps of ${step}` : '';
  return { expected: `a whole number from ${minimum} to ${maximum}${steps}`, found: show(wanted) };
}

/** Its maximum is the mask of the bits that there are. */
function bitsFor({ maximum }: DeviceControl, wanted: ControlValue): Resolved {
  const isWhole = typeof wanted === 'number' && Number.isInteger(wanted) && wanted >= 0 && wanted < 2 ** 32;
  if (isWhole && (wanted & ~maximum) === 0) return { value: wanted };
  return { expected: `a number made of the bits of 0x${maximum.toString(16)}`, found: show(wanted) };
}

/** A number is that of an entry, a text its label. */
function entryFor({ menu }: DeviceControl, wanted: ControlValue): Resolved {
  const label = typeof wanted === 'string' ? wanted.toLowerCase() : null;
  const entry = menu.find((one) =>
    label === null ? one.value === wanted : one.label.toLowerCase() === label,
  );
  if (entry) return { value: entry.value };
  const known = menu.map((one) => `${one.value} ${show(one.label)}`).join(', ');
  const near =
    label === null
      ? undefined
      : nearest(
          label,
          menu.map((one) => one.label),
        );
  return { expected: `one of ${known}`, found: show(wanted), ...didYouMean(near) };
}

function textFor({ minimum, maximum, step }: DeviceControl, wanted: ControlValue): Resolved {
  if (typeof wanted === 'string') {
    const bytes = Buffer.byteLength(wanted);
    const fits = bytes >= minimum && bytes <= maximum && (step <= 1 || (bytes - minimum) % step === 0);
    if (fits && !wanted.includes('\0')) return { value: wanted };
  }
  const steps = step > 1 ? `, in steps of ${step}` : '';
  return { expected: `text of ${minimum} to ${maximum} bytes${steps}`, found: show(wanted) };
}

export function unknownControl(has: readonly DeviceControl[], name: string): ControlFault {
  const names = has.map((one) => one.name);
  const expected =
    names.length === 0
      ? 'no control, for this camera has none'
      : `a control of this camera: ${names.join(', ')}`;
  return { name, expected, found: show(name), ...didYouMean(nearest(name, names)) };
}

/** Whether the device has another value than this. A button is always another one. */
export function differs(has: readonly DeviceControl[], { id, value }: ControlSetting): boolean {
  return has.find((one) => one.id === id)?.value !== value;
}

export function inactiveFault({ name, value }: ControlSetting): ControlFault {
  const hint = 'turn off the automatic mode that has it';
  return { name, expected: 'a control that is active as the others are set', found: show(value), hint };
}

const exposureAbsolute = 0x009a0902; // V4L2_CID_EXPOSURE_ABSOLUTE, whose name depends on the kernel
const exposureUnitUs = 100;

/** Null where nobody knows it: most cameras do not say what an automatic mode has made of it. */
export function exposureUs(has: readonly DeviceControl[]): number | null {
  const exposure = has.find(({ id }) => id === exposureAbsolute);
  if (typeof exposure?.value !== 'number' || (exposure.inactive && !exposure.selfChanging)) return null;
  return exposure.value * exposureUnitUs;
}

/** What brings a device back to how it was made: all that can be set. */
export function standardSettings(has: readonly DeviceControl[]): ControlSetting[] {
  return has.flatMap(({ name, id, default: value, readOnly }) =>
    readOnly || value === null ? [] : [{ name, id, value, standard: true as const }],
  );
}
