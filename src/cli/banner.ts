import type { Appliance } from '../app/appliance.js';
import { packageVersion } from '../app/package.js';
import type { Stream } from '../app/stream.js';
import { mediaWords } from '../plan/graph.js';
import { reach } from './reach.js';

/** What a person reads when it has started: every address that can be opened. */
export function banner({
  cameras,
  addresses,
  access,
  notices,
}: Pick<Appliance, 'cameras' | 'addresses' | 'access' | 'notices'>): string {
  const lines = [`Teecam ${packageVersion} is running.`, '', `  ${'page'.padEnd(10)} ${addresses.http}/`];
  for (const camera of cameras) {
    lines.push('', `  ${camera.name}`);
    for (const stream of camera.streams) {
      const { rtsp, ts, mjpeg, mjpegPort, picture, ring, shmsink } = addresses.of(camera.name, stream);
      const all = [rtsp, ts, mjpeg, mjpegPort, picture, ring, shmsink].filter((address) => address !== null);
      lines.push(
        `    ${stream.name.padEnd(10)} ${describe(stream)}`,
        ...all.map((address) => `      ${address}`),
      );
    }
  }
  if (notices.length > 0) lines.push('', ...notices);
  return `${[...lines, '', ...reach({ addresses, access })].join('\n')}\n`;
}

function describe({ profile, branch }: Stream): string {
  if (profile.codec === 'copy') return 'a copy of what the source delivers';
  const format = branch.codec === 'raw' ? ` ${branch.format}` : '';
  const [frames, seconds] = branch.framerate;
  const rate = Math.round((frames / seconds) * 100) / 100;
  return `${mediaWords[branch.codec]}${format} ${branch.width}x${branch.height}, ${rate} frames a second`;
}
