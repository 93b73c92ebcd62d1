import { type ControlFault, type ControlSetting, differs, inactiveFault } from './control-values.js';
import type { ControlsRead, DeviceControl } from './messages.js';

/** Sets controls of a device in this order, and reads all of them. */
export type SetOnDevice = (settings: readonly ControlSetting[]) => Promise<ControlsRead>;

export interface SetControls {
  controls: readonly DeviceControl[];
  faults: ControlFault[];
}

/**
 * Sets what is another value on the device, each once, those first that make
 * others active or inactive: an exposure can be set when automatic exposure is
 * off, whatever the order in which they are written. `has`: as they are now.
 */
export async function setInOrder(
  has: readonly DeviceControl[],
  settings: readonly ControlSetting[],
  set: SetOnDevice,
): Promise<SetControls> {
  const faults: ControlFault[] = [];
  let controls = has;
  let left = settings;
  for (;;) {
    const now = controls;
    const stateOf = ({ id }: ControlSetting) => now.find((one) => one.id === id);
    const open = left.filter((one) => differs(now, one) && stateOf(one)?.inactive !== true);
    const gates = open.filter((one) => stateOf(one)?.gates === true);
    const due = gates.length > 0 ? gates : open;
    if (due.length === 0) break;
    const answer = await set(due);
    controls = answer.controls;
    left = left.filter((one) => !due.includes(one));
    faults.push(...refused(due, answer));
  }
  const stuck = left.filter((one) => one.standard !== true && differs(controls, one));
  return { controls, faults: [...faults, ...stuck.map(inactiveFault)] };
}

function refused(asked: readonly ControlSetting[], { failed }: ControlsRead): ControlFault[] {
  return failed.flatMap(({ id, message }) => {
    const setting = asked.find((one) => one.id === id);
    if (!setting) return [];
    return [
      {
        name: setting.name,
        expected: 'a value that its driver takes',
        found: `${setting.value}: ${message}`,
      },
    ];
  });
}
