import { TeecamError } from '../base/error.js';
import type { ControlKeeperOptions } from './control-keeper.js';
import type { ControlsRead, DeviceControl } from './messages.js';

export function fakeControl(name: string, changes: Partial<DeviceControl> = {}): DeviceControl {
  return {
    id: [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000,
    name,
    label: name,
    group: 'User Controls',
    type: 'integer',
    minimum: 0,
    maximum: 100,
    step: 1,
    default: 50,
    value: 50,
    menu: [],
    readOnly: false,
    inactive: false,
    selfChanging: false,
    gates: false,
    ...changes,
  };
}

/** For tests: a device whose `gain` is inactive while `autogain` is on, as a camera's is. */
export class FakeControlDevice {
  controls: DeviceControl[] = [
    fakeControl('brightness'),
    fakeControl('gain', { inactive: true }),
    fakeControl('autogain', { type: 'boolean', maximum: 1, default: 1, value: 1, gates: true }),
    fakeControl('power_line', {
      type: 'menu',
      maximum: 2,
      default: 1,
      value: 1,
      menu: [
        { value: 0, label: 'Disabled' },
        { value: 1, label: '50 Hz' },
        { value: 2, label: '60 Hz' },
      ],
    }),
    fakeControl('text', { type: 'string', minimum: 2, maximum: 8, step: 2, default: '  ', value: '  ' }),
    fakeControl('press', { type: 'button', maximum: 0, default: null, value: null }),
    fakeControl('serial', { readOnly: true }),
  ];
  /** What was set, in its order. */
  readonly set: string[] = [];
  /** Names that the driver refuses. */
  refuses: readonly string[] = [];
  /** It was unplugged. */
  gone = false;

  value(name: string): DeviceControl['value'] | undefined {
    return this.controls.find((one) => one.name === name)?.value;
  }

  readonly ask: ControlKeeperOptions['ask'] = async (command): Promise<ControlsRead> => {
    if (this.gone) throw new TeecamError('refused', 'there is no /dev/video0');
    const failed: ControlsRead['failed'] = [];
    for (const { id, value } of command.type === 'set-controls' ? command.values : []) {
      const control = this.controls.find((one) => one.id === id);
      if (!control) throw new Error(`no control ${id}`);
      this.set.push(`${control.name} ${value}`);
      if (this.refuses.includes(control.name)) failed.push({ id, message: 'Input/output error' });
      else this.#change(control.name, value);
    }
    return { controls: structuredClone(this.controls), failed };
  };

  #change(name: string, value: number | string): void {
    const isNow = (one: DeviceControl): DeviceControl => {
      if (one.name === name && one.type !== 'button') return { ...one, value };
      return one.name === 'gain' && name === 'autogain' ? { ...one, inactive: value === 1 } : one;
    };
    this.controls = this.controls.map(isNow);
  }
}
