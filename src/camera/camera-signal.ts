import type { CameraSignal } from '../stream/message.js';
import type { Supervisor } from './supervisor.js';

/** What a supervisor knows of its camera, and the packets do not tell. */
export function cameraSignal({ stats, controls }: Pick<Supervisor, 'stats' | 'controls'>): CameraSignal {
  const { network, protection } = stats;
  const { exposureUs } = controls;
  return { network, protection, exposureUs, brightness: (stream) => stats.stream(stream).brightness };
}
