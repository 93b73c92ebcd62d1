import { access, constants } from 'node:fs/promises';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { StartCarrier } from '../camera/carrier.js';
import { startInProcess } from '../camera/in-process-carrier.js';
import { startWorker } from '../camera/worker-carrier.js';
import type { NativePort } from '../native/port.js';
import { workerPath } from './package.js';

/** How the core of a camera is started. */
export type CoreStarter = (camera: string, log: Log) => StartCarrier;

export function coresInProcess(native: NativePort): CoreStarter {
  return () => (ends) => startInProcess(native, ends);
}

/** Rejects with `missing-native` when the worker is not built. */
export async function coresInWorkers(executable = workerPath): Promise<CoreStarter> {
  try {
    await access(executable, constants.X_OK);
  } catch (error) {
    throw new TeecamError('missing-native', `${executable} is missing: build Teecam with scripts/start`, {
      cause: error,
    });
  }
  return (camera, log) => (ends) => startWorker({ executable, camera, log }, ends);
}
