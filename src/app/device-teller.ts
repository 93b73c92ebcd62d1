import { isDeepStrictEqual } from 'node:util';
import type { ApiEvent } from '../api/events.js';
import type { DeviceDirectory } from '../api/ports.js';
import type { DeviceView } from '../api/routes/devices.js';
import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import { deviceViews } from './devices.js';

export interface DeviceTellerOptions {
  native: Pick<NativePort, 'listDevices'>;
  cameras(): Parameters<typeof deviceViews>[1];
  onEvent(event: Extract<ApiEvent, { event: 'device' }>): void;
  log: Log;
}

/** Knows which devices are connected, and tells when one comes, goes, or becomes another. */
export class DeviceTeller implements DeviceDirectory {
  readonly #options: DeviceTellerOptions;
  #known: readonly DeviceView[] = [];
  /** Looks come one after another, so that the last one tells how it is. */
  #turn: Promise<unknown>;

  constructor(options: DeviceTellerOptions) {
    this.#options = options;
    this.#turn = this.#look().then(
      (views) => {
        this.#known = views;
      },
      (error: unknown) => this.#failed(error),
    );
  }

  /** Looks again, and asks for their controls too. */
  async devices(): Promise<DeviceView[]> {
    await this.#turn;
    return this.#look(true);
  }

  /** Something appeared in /dev or went away. */
  changed(): void {
    this.#turn = this.#turn.then(() => this.#tell()).catch((error: unknown) => this.#failed(error));
  }

  /** Resolves when what has been noticed has been told. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  async #tell(): Promise<void> {
    const before = this.#known;
    const now = await this.#look();
    this.#known = now;
    for (const event of changes(before, now)) {
      const { name, path, source, reason } = event.device;
      this.#options.log.info({ device: path, name, source, reason }, `device ${event.action}`);
      this.#options.onEvent(event);
    }
  }

  async #look(withControls = false): Promise<DeviceView[]> {
    const { native, cameras } = this.#options;
    return deviceViews(await native.listDevices(withControls), cameras());
  }

  #failed(error: unknown): void {
    this.#options.log.error({ err: error }, 'the devices cannot be listed');
  }
}

type DeviceEvent = Extract<ApiEvent, { event: 'device' }>;

function changes(before: readonly DeviceView[], now: readonly DeviceView[]): DeviceEvent[] {
  const at = (views: readonly DeviceView[], { path }: DeviceView) => views.find((one) => one.path === path);
  const told = (action: DeviceEvent['action'], device: DeviceView): DeviceEvent => {
    return { event: 'device', action, device };
  };
  return [
    ...before.filter((device) => !at(now, device)).map((device) => told('removed', device)),
    ...now.flatMap((device) => {
      const old = at(before, device);
      if (!old) return [told('added', device)];
      // Another camera of the profile has it: not a matter of the device.
      return isDeepStrictEqual({ ...old, cameras: [] }, { ...device, cameras: [] })
        ? []
        : [told('changed', device)];
    }),
  ];
}
