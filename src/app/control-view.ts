import type { ControlView } from '../api/control-views.js';
import type { DeviceControl } from '../camera/messages.js';

/** As the API shows it, with values as a profile would write them. */
export function viewOfControl({ id: _id, gates: _gates, ...control }: DeviceControl): ControlView {
  const written = (value: number | string | null) =>
    control.type === 'boolean' && value !== null ? value !== 0 : value;
  return { ...control, default: written(control.default), value: written(control.value) };
}
