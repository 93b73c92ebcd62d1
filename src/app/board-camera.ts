import { readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../base/error.js';

/** What sensors on ribbon cables hang on. Without libcamera their nodes give the sensor's own data, which is no picture yet. */
const receivers: ReadonlySet<string> = new Set(['unicam', 'rp1-cfe']);

/** Whether a camera is there that only libcamera can use, as a Raspberry Pi's on its ribbon cable. */
export async function hasBoardCamera(folder = '/sys/class/video4linux'): Promise<boolean> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []; // a kernel without a single video device
    throw error;
  });
  const drivers = await Promise.all(names.map((name) => driverOf(path.join(folder, name))));
  return drivers.some((driver) => receivers.has(driver));
}

async function driverOf(device: string): Promise<string> {
  try {
    return path.basename(await readlink(path.join(device, 'device', 'driver')));
  } catch {
    return ''; // a device of software has no driver there
  }
}
