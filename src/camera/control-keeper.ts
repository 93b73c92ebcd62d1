import { isDeepStrictEqual } from 'node:util';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { SourcePlan } from '../plan/graph.js';
import { profileError } from '../profile/fault.js';
import type { ControlValue, ControlValues } from '../profile/profile.js';
import { type SetOnDevice, setInOrder } from './control-setter.js';
import {
  type ControlFault,
  type ControlSetting,
  changedControls,
  differs,
  exposureUs,
  inactiveFault,
  type ResolvedControls,
  resolveControls,
  standardSettings,
  unknownControl,
} from './control-values.js';
import type { Command, ControlsRead, DeviceControl } from './messages.js';

/** Controls of a device that were set by a profile before and are wanted no more: they go back to their defaults. */
export interface LeftControls {
  device: string;
  names: readonly string[];
}

export interface ControlKeeperOptions {
  camera: string;
  /** Of the profile. */
  wanted: ControlValues;
  /** What the camera's keeper before this one has left behind. */
  left: LeftControls | null;
  ask(command: Extract<Command, { type: 'controls' | 'set-controls' }>): Promise<ControlsRead>;
  log: Log;
  /** They are others than told before. */
  onControls(controls: readonly DeviceControl[]): void;
}

/** `device`: the node of the source in use; null: there is none, or it is no V4L2 device. */
export interface ControlsNow {
  device: string | null;
  controls: readonly DeviceControl[];
  wanted: ControlValues;
  /** Why not all that is wanted is so. */
  faults: readonly ControlFault[];
}

/** Keeps a device's controls as the profile wants them: whenever it is opened, and when the profile becomes another. */
export class ControlKeeper {
  readonly #options: ControlKeeperOptions;
  #wanted: ControlValues;
  #device: string | null = null;
  /** The one that was set last. */
  #set: string | null = null;
  #left: LeftControls | null;
  /** It has been opened since its controls were seen last. */
  #unseen = false;
  #told: readonly DeviceControl[] = [];
  #warned: readonly ControlFault[] = [];
  /** One thing at a time: what is set in between would be taken for the driver's doing. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ControlKeeperOptions) {
    this.#options = options;
    this.#wanted = options.wanted;
    this.#left = options.left;
  }

  /** What would have to be put back on the device if these were wanted. */
  leftBy(wanted: ControlValues): LeftControls | null {
    const device = this.#set ?? this.#left?.device;
    const names = [...Object.keys(this.#wanted), ...(this.#left?.names ?? [])];
    const gone = [...new Set(names)].filter((name) => !Object.hasOwn(wanted, name));
    return device === undefined || gone.length === 0 ? null : { device, names: gone };
  }

  /** Of the device as it was seen last; null without one. */
  get exposureUs(): number | null {
    return this.#device === null ? null : exposureUs(this.#told);
  }

  /** Before a source is opened: sets its controls. Never rejects: a camera with wrong colours is better than none. */
  async prepare(plan: SourcePlan): Promise<void> {
    const device = captureDevice(plan);
    if (device === null || !this.#concerns(device)) return;
    await this.#inTurn(() => this.#keep(device)).catch((error: unknown) => this.#failed(error));
  }

  /** The source that is used now, whether it is open or sleeps. */
  use(plan: SourcePlan | null): void {
    this.#device = plan && captureDevice(plan);
    this.opened();
  }

  /** Another program may have set some while it was closed. */
  opened(): void {
    this.#unseen = true;
  }

  /** The core says how they are. */
  coreSays(device: string, controls: readonly DeviceControl[]): void {
    if (device !== this.#device) return;
    this.#tell(controls);
    if (!this.#unseen) return;
    this.#unseen = false;
    if (this.#concerns(device))
      this.#inTurn(() => this.#keep(device, controls)).catch((error: unknown) => this.#failed(error));
  }

  /** Rejects as `CoreClient.request`. */
  async now(): Promise<ControlsNow> {
    const device = this.#device;
    const wanted = this.#wanted;
    if (device === null) return { device, controls: [], wanted, faults: [] };
    const { controls } = await this.#options.ask({ type: 'controls', device });
    this.#tell(controls);
    const { settings, faults } = resolveControls(controls, wanted);
    const stuck = settings.filter((one) => differs(controls, one) && isInactive(controls, one));
    return { device, controls, wanted, faults: [...faults, ...stuck.map(inactiveFault)] };
  }

  /**
   * The profile wants others now. What it wants no more goes back to its
   * default. All of it or nothing: rejects with `bad-profile`, with a fault for
   * each control that cannot be so. Without a device it is all done when there
   * is one; with `later`, when the source is opened anew.
   */
  change(wanted: ControlValues, { later = false } = {}): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#wanted;
      if (this.#device !== null && !later)
        await this.#setAll(this.#device, (has) => changedControls(has, before, wanted));
      else this.#left = this.leftBy(wanted);
      this.#wanted = wanted;
    });
  }

  /**
   * Sets these now and presses buttons, and keeps nothing of it; null stands for
   * the default. Rejects as `change`, and with `unavailable` without a device.
   */
  set(values: Readonly<Record<string, ControlValue | null>>): Promise<void> {
    return this.#inTurn(() => this.#setAll(this.#deviceNow(), (has) => patched(has, values)));
  }

  /** Back to their defaults, all of them. Rejects as `set`. */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      const device = this.#deviceNow();
      const { controls } = await this.#options.ask({ type: 'controls', device });
      const outcome = await setInOrder(controls, standardSettings(controls), this.#setOn(device));
      this.#tell(outcome.controls);
      if (outcome.faults.length > 0) throw this.#error(outcome.faults);
    });
  }

  #deviceNow(): string {
    if (this.#device !== null) return this.#device;
    throw new TeecamError('unavailable', `camera ${this.#options.camera} has no device with controls now`, {
      expose: true,
    });
  }

  #concerns(device: string): boolean {
    return Object.keys(this.#wanted).length > 0 || this.#left?.device === device;
  }

  /** As much of what is wanted as can be. */
  async #keep(device: string, has?: readonly DeviceControl[]): Promise<void> {
    const controls = has ?? (await this.#options.ask({ type: 'controls', device })).controls;
    const { settings, faults } = resolveControls(controls, this.#wanted);
    const gone = this.#left?.device === device ? this.#left.names : [];
    const standard = standardSettings(controls).filter(({ name }) => gone.includes(name));
    const outcome = await setInOrder(controls, [...settings, ...standard], this.#setOn(device));
    this.#set = device;
    this.#left = null;
    this.#tell(outcome.controls);
    this.#warn([...faults, ...outcome.faults]);
  }

  async #setAll(device: string, resolve: (has: readonly DeviceControl[]) => ResolvedControls): Promise<void> {
    const { controls } = await this.#options.ask({ type: 'controls', device });
    const { settings, faults } = resolve(controls);
    if (faults.length > 0) throw this.#error(faults);
    const outcome = await setInOrder(controls, settings, this.#setOn(device));
    this.#set = device;
    if (outcome.faults.length === 0) return this.#tell(outcome.controls);
    const undone = await this.#setOn(device)(backTo(controls, outcome.controls, settings));
    this.#tell(undone.controls);
    throw this.#error(outcome.faults);
  }

  #setOn(device: string): SetOnDevice {
    return (settings) =>
      this.#options.ask({
        type: 'set-controls',
        device,
        values: settings.map(({ id, value }) => ({ id, value })),
      });
  }

  #error(faults: readonly ControlFault[]): TeecamError {
    return controlError(this.#options.camera, faults);
  }

  #tell(controls: readonly DeviceControl[]): void {
    if (isDeepStrictEqual(controls, this.#told)) return;
    this.#told = controls;
    this.#options.onControls(controls);
  }

  /** Once, though the camera may be opened again and again. */
  #warn(faults: readonly ControlFault[]): void {
    if (isDeepStrictEqual(faults, this.#warned)) return;
    this.#warned = faults;
    for (const { name, expected, found } of faults)
      this.#options.log.warn(
        { control: name },
        `capture.controls.${name}: expected ${expected}; found ${found}`,
      );
  }

  /** The camera's own state says what is wrong with it. */
  #failed(error: unknown): void {
    if (codeOf(error) === 'closed') return;
    this.#options.log.warn({ err: error }, `the controls cannot be set: ${messageOf(error)}`);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {}); // whoever asked hears of it
    return result;
  }
}

/** Code `bad-profile`, with a fault for each control at its place. */
export function controlError(camera: string, faults: readonly ControlFault[]): TeecamError {
  return profileError(
    faults.map(({ name, ...rest }) => {
      return { origin: null, path: ['cameras', camera, 'capture', 'controls', name], ...rest };
    }),
  );
}

/** The V4L2 node that a source opens; null: it opens none. */
export function captureDevice({ graph }: SourcePlan): string | null {
  const device = graph.nodes.find(({ element }) => element === 'v4l2src')?.properties['device'];
  return typeof device === 'string' ? device : null;
}

/** What was set could be set then, so it can be set back, as long as automatic modes come last. */
function backTo(
  before: readonly DeviceControl[],
  now: readonly DeviceControl[],
  settings: readonly ControlSetting[],
): ControlSetting[] {
  const all = before.flatMap(({ name, id, value, gates }) => {
    const wasSet = settings.some((one) => one.id === id);
    return wasSet && value !== null && differs(now, { name, id, value }) ? [{ name, id, value, gates }] : [];
  });
  return [...all.filter(({ gates }) => !gates), ...all.filter(({ gates }) => gates)];
}

function patched(
  has: readonly DeviceControl[],
  values: Readonly<Record<string, ControlValue | null>>,
): ResolvedControls {
  const wanted: Record<string, ControlValue> = {};
  const standard: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === null) standard.push(name);
    else wanted[name] = value;
  }
  const { settings, faults } = resolveControls(has, wanted, { press: true });
  const unknown = standard.filter((name) => !has.some((one) => one.name === name));
  return {
    settings: [...settings, ...standardSettings(has).filter(({ name }) => standard.includes(name))],
    faults: [...faults, ...unknown.map((name) => unknownControl(has, name))],
  };
}

function isInactive(has: readonly DeviceControl[], { id }: ControlSetting): boolean {
  return has.some((one) => one.id === id && one.inactive);
}
