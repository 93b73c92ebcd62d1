import type { Appliance } from '../app/appliance.js';
import { packageVersion } from '../app/package.js';
import type { Stream } from '../app/stream.js';

/** What a person reads when it has started: every address that can be opened. */
export function banner({
  cameras,
  addresses,
  notices,
}: Pick<Appliance, 'cameras' | 'addresses' | 'notices'>): string {
  const lines = [`Teecam ${packageVersion} is running.`, '', `  ${'page'.padEnd(10)} ${addresses.http}/`];
  for (const camera of cameras) {
    lines.push('', `  ${camera.name}`);
    for (const stream of camera.streams) {
      const { rtsp, mjpeg, mjpegPort, picture, ring, shmsink } = addresses.of(camera.name, stream);
      const all = [rtsp, mjpeg, mjpegPort, picture, ring, shmsink].filter((address) => address !== null);
      lines.push(
        `    ${stream.name.padEnd(10)} ${describe(stream)}`,
        ...all.map((address) => `      ${address}`),
      );
    }
  }
  if (notices.length > 0) lines.push('', ...notices);
  return `${[...lines, '', ...fromElsewhere(addresses)].join('\n')}\n`;
}

function describe({ profile }: Stream): string {
  const names = { h264: 'H.264', jpeg: 'JPEG', raw: 'raw' };
  const format = profile.codec === 'raw' ? ` ${profile.format}` : '';
  const [frames, seconds] = profile.framerate;
  const rate = Math.round((frames / seconds) * 100) / 100;
  return `${names[profile.codec]}${format} ${profile.width}x${profile.height}, ${rate} frames a second`;
}

/** This version listens on loopback alone, since it has no users yet; an SSH tunnel is how others get in. */
function fromElsewhere(addresses: Appliance['addresses']): string[] {
  const forwards = [addresses.http, addresses.rtsp]
    .map((address) => new URL(address.replace(/^rtsp:/, 'http:')))
    .map(({ hostname, port }) => `-L ${port || 80}:${hostname}:${port || 80}`);
  return [
    'Only this machine can open these addresses. From another machine, open a tunnel and',
    'use the same addresses there (RTSP over TCP):',
    `  ssh ${forwards.join(' ')} USER@THIS-MACHINE`,
  ];
}
