import type { ControlsView } from '../api/control-views.js';
import type { ControlDirectory, ProfileControl } from '../api/ports.js';
import type { ChangeView } from '../api/views.js';
import { TeecamError } from '../base/error.js';
import { controlError } from '../camera/control-keeper.js';
import { type ControlFault, resolveControls, unknownControl } from '../camera/control-values.js';
import type { DeviceControl } from '../camera/messages.js';
import { show } from '../profile/fault.js';
import type { ControlValue } from '../profile/profile.js';
import type { Camera } from './camera.js';
import type { Cameras } from './cameras.js';
import { viewOfControl } from './control-view.js';
import { explain } from './profile-control.js';

export interface CameraControlsOptions {
  cameras: Pick<Cameras, 'find'>;
  control: Pick<ProfileControl, 'change'>;
}

type Values = Readonly<Record<string, ControlValue | null>>;

/** Controls as a person turns them: what has a value is kept in the profile, a button is pressed. */
export class CameraControls implements ControlDirectory {
  readonly #options: CameraControlsOptions;

  constructor(options: CameraControlsOptions) {
    this.#options = options;
  }

  async controls(name: string): Promise<ControlsView> {
    const { device, controls, wanted, faults } = await this.#now(this.#camera(name));
    return {
      device,
      controls: controls.map(viewOfControl),
      kept: { ...wanted },
      faults: faults.map(({ name: control, expected, found, hint }) => {
        const message = `expected ${expected}; found ${found}${hint === undefined ? '' : `; ${hint}`}`;
        return { control, message };
      }),
    };
  }

  changeControls(
    name: string,
    written: Readonly<Record<string, unknown>>,
    dryRun: boolean,
  ): Promise<ChangeView> {
    return told(async () => {
      const camera = this.#camera(name);
      const values = valuesOf(name, written);
      const { device, controls } = await this.#now(camera);
      const isButton = (control: string) =>
        controls.some((one) => one.name === control && one.type === 'button');
      const [pressed, lasting] = parted(values, isButton);
      if (device !== null) check(name, controls, values);
      // Only what is kept can be taken out; any other goes back to its default all the same.
      const isKept = (control: string) => Object.hasOwn(camera.profile.controls, control);
      const [standard, kept] = parted(lasting, (control) => lasting[control] === null && !isKept(control));
      const change = await this.#keep(name, Object.keys(kept).length === 0 ? undefined : kept, dryRun);
      const passing = { ...standard, ...pressed };
      if (!dryRun && device !== null && Object.keys(passing).length > 0)
        await camera.supervisor.controls.set(passing);
      return change;
    });
  }

  resetControls(name: string, dryRun: boolean): Promise<ChangeView> {
    return told(async () => {
      const camera = this.#camera(name);
      const { device } = await this.#now(camera);
      const isEmpty = Object.keys(camera.profile.controls).length === 0;
      const change = await this.#keep(name, isEmpty ? undefined : null, dryRun);
      if (!dryRun && device !== null) await camera.supervisor.controls.reset();
      return change;
    });
  }

  /** Undefined: nothing of it is the profile's matter. */
  #keep(camera: string, controls: Values | null | undefined, dryRun: boolean): Promise<ChangeView> {
    const value = controls === undefined ? {} : { capture: { controls } };
    return this.#options.control.change({ kind: 'change', camera, stream: null, value, dryRun });
  }

  async #now({ name, supervisor }: Camera) {
    try {
      return await supervisor.controls.now();
    } catch (error) {
      // The device, or the whole camera, is going away in this moment.
      throw new TeecamError('unavailable', `the controls of camera ${name} cannot be read now`, {
        cause: error,
        expose: true,
        details: { retryAfterS: 1 },
      });
    }
  }

  #camera(name: string): Camera {
    const camera = this.#options.cameras.find(name);
    if (!camera) throw new TeecamError('not-found', `there is no camera "${name}"`, { expose: true });
    return camera;
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error);
  }
}

function valuesOf(camera: string, written: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, ControlValue | null> = {};
  const faults: ControlFault[] = [];
  for (const [name, value] of Object.entries(written)) {
    if (
      value === null ||
      typeof value === 'boolean' ||
      typeof value === 'number' ||
      typeof value === 'string'
    )
      values[name] = value;
    else faults.push({ name, expected: 'true or false, a number, a text, or null', found: show(value) });
  }
  if (faults.length > 0) throw controlError(camera, faults);
  return values;
}

/** Before anything is set or kept: everything that is wrong at once. */
function check(camera: string, has: readonly DeviceControl[], values: Values): void {
  const given = Object.entries(values).filter((entry): entry is [string, ControlValue] => entry[1] !== null);
  const { faults } = resolveControls(has, Object.fromEntries(given), { press: true });
  const unknown = Object.keys(values).filter(
    (name) => values[name] === null && !has.some((one) => one.name === name),
  );
  const all = [...faults, ...unknown.map((name) => unknownControl(has, name))];
  if (all.length > 0) throw controlError(camera, all);
}

function parted(values: Values, belongs: (name: string) => boolean): [Values, Values] {
  const entries = Object.entries(values);
  return [
    Object.fromEntries(entries.filter(([name]) => belongs(name))),
    Object.fromEntries(entries.filter(([name]) => !belongs(name))),
  ];
}
