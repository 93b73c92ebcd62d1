import { watch } from 'node:fs';
import { type Clock, systemClock, type Timer } from '../base/clock.js';
import type { Log } from '../base/log.js';

/** A camera brings several nodes, and udev touches each more than once. */
const settleMs = 200;

/** Calls once a moment after video devices have come or gone. Without inotify there are the retries. */
export function watchDevices(log: Log, onChange: () => void, clock: Clock = systemClock): Disposable {
  let due: Timer | null = null;
  const changed = (name: string | null) => {
    if (name !== null && !name.startsWith('video')) return;
    due?.cancel();
    due = clock.after(settleMs, onChange);
  };
  const failed = (error: unknown) => log.warn({ err: error }, '/dev cannot be watched');
  let close = () => {};
  try {
    const watcher = watch('/dev', { persistent: false }, (_event, name) => changed(name));
    watcher.on('error', failed);
    close = () => watcher.close();
  } catch (error) {
    failed(error);
  }
  return {
    [Symbol.dispose]() {
      due?.cancel();
      close();
    },
  };
}
