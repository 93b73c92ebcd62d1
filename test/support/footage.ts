import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './child.js';
import { repository } from './repository.js';

const made = join(repository, 'build', 'footage');

/**
 * A clip that serves as a camera: real footage from the folder that
 * TEECAM_FOOTAGE names, else one made here. Either moves and has noise, since a
 * static picture flatters an encoder.
 */
export async function footage(): Promise<string> {
  const folder = process.env['TEECAM_FOOTAGE'];
  if (folder) {
    const clip = (await readdir(folder)).find((name) => name.endsWith('.mp4'));
    if (!clip) throw new Error(`TEECAM_FOOTAGE=${folder} holds no .mp4`);
    return join(folder, clip);
  }
  const clip = join(made, 'clip.mp4');
  if (!existsSync(clip)) await makeClip(clip);
  return clip;
}

async function makeClip(path: string): Promise<void> {
  await mkdir(made, { recursive: true });
  // Tests in other processes may make it at the same moment: whole files only.
  const whole = `${path}.${process.pid}.mp4`;
  await output('ffmpeg', [
    ...[
      '-hide_banner',
      '-loglevel',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=768x432:rate=25,noise=alls=12:allf=t',
    ],
    ...['-t', '10', '-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'veryfast', whole],
  ]);
  await rename(whole, path);
}
