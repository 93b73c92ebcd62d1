import { writeFile } from 'node:fs/promises';
import { output } from '../support/child.js';

const driver = '/sys/bus/platform/drivers/vivid';

/** Sets a control of a device; a button is pressed by 1. */
export async function setControl(device: string, name: string, value: number): Promise<void> {
  await output('v4l2-ctl', ['-d', device, '-c', `${name}=${value}`]);
}

/** Takes every vivid device away, nodes and all. */
export async function removeVivid(): Promise<void> {
  await writeFile(`${driver}/unbind`, 'vivid.0');
}

export async function returnVivid(): Promise<void> {
  await writeFile(`${driver}/bind`, 'vivid.0');
}
