import type { Command } from 'commander';
import { loadNative } from '../native/load.js';
import type { VideoDevice } from '../native/port.js';

export function addDevicesCommand(program: Command): void {
  program
    .command('devices')
    .description('list the cameras of this machine')
    .option('--json', 'for programs', false)
    .action(async ({ json }: { json: boolean }) => {
      const devices = await loadNative().listDevices();
      process.stdout.write(json ? `${JSON.stringify(devices, null, 2)}\n` : list(devices));
    });
}

function list(devices: readonly VideoDevice[]): string {
  if (devices.length === 0) return 'No camera is connected.\n';
  return devices
    .map(({ path, name, driver, serial, links }) => {
      const facts = [`driver ${driver}`, ...(serial === null ? [] : [`serial ${serial}`])].join(', ');
      return [`v4l2:${path}  ${name} (${facts})`, ...links.map((link) => `  v4l2:${link}`)].join('\n');
    })
    .join('\n')
    .concat('\n');
}
