import { type FSWatcher, watch } from 'node:fs';
import { type Clock, systemClock, type Timer } from '../base/clock.js';
import { codeOf } from '../base/error.js';
import type { Log } from '../base/log.js';

/** A camera brings several nodes, and udev touches each more than once; so long after the last one it is told. */
const settleMs = 150;
/** And so long after the first one, whatever goes on. */
const longestMs = 600;

/** Below /dev: what udev's names stand in, which come after the node and go with the last camera. */
const linkFolders = ['v4l', 'v4l/by-id', 'v4l/by-path'];

/**
 * Calls once a moment after video devices have come or gone, by inotify: that
 * works in containers and machines without udev too. Where there is no inotify
 * there are the retries.
 */
export class DeviceWatch {
  readonly #folder: string;
  readonly #log: Log;
  readonly #onChange: () => void;
  readonly #clock: Clock;
  readonly #watchers: FSWatcher[] = [];
  #links: FSWatcher[] = [];
  #due: Timer | null = null;
  #latest: Timer | null = null;

  constructor(log: Log, onChange: () => void, { clock = systemClock, folder = '/dev' } = {}) {
    this.#folder = folder;
    this.#log = log;
    this.#onChange = onChange;
    this.#clock = clock;
    this.#watchers = this.#watch('', (name) => name.startsWith('video') || name === 'v4l');
    this.#watchLinks();
  }

  [Symbol.dispose](): void {
    this.#cancel();
    for (const watcher of [...this.#watchers, ...this.#links]) watcher.close();
  }

  #changed(): void {
    this.#due?.cancel();
    this.#due = this.#clock.after(settleMs, () => this.#settled());
    this.#latest ??= this.#clock.after(longestMs, () => this.#settled());
  }

  #settled(): void {
    this.#cancel();
    // Anew each time: the folder of that name may be another one by now. What happens in between is seen by whoever
    // is told.
    this.#watchLinks();
    this.#onChange();
  }

  #cancel(): void {
    this.#due?.cancel();
    this.#latest?.cancel();
    this.#due = this.#latest = null;
  }

  #watchLinks(): void {
    for (const watcher of this.#links) watcher.close();
    this.#links = linkFolders.flatMap((folder) => this.#watch(`/${folder}`, () => true));
  }

  #watch(below: string, concerns: (name: string) => boolean): FSWatcher[] {
    const failed = (error: unknown) => {
      if (codeOf(error) !== 'ENOENT')
        this.#log.warn({ err: error }, `${this.#folder}${below} cannot be watched`);
    };
    try {
      const watcher = watch(this.#folder + below, { persistent: false }, (_event, name) => {
        if (name === null || concerns(name)) this.#changed();
      });
      watcher.on('error', failed);
      return [watcher];
    } catch (error) {
      failed(error);
      return [];
    }
  }
}
