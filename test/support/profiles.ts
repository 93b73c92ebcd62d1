/** The profiles that ship, and a way to load a text as one. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedProfile, loadProfile, type ProfileInput } from '../../src/profile/load.js';
import { repositoryUrl } from './repository.js';

const pipelines = fileURLToPath(new URL('pipelines/', repositoryUrl));

export const shippedProfiles: readonly string[] = readdirSync(pipelines)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => basename(file, '.yaml'));

export function loadShipped(name: string): LoadedProfile {
  const file = `${pipelines}${name}.yaml`;
  return loadText(readFileSync(file, 'utf8'), { file });
}

export function loadText(text: string, more: Partial<ProfileInput> = {}): LoadedProfile {
  return loadProfile({
    file: '/etc/teecam/cam.yaml',
    label: 'cam.yaml',
    text,
    workingFolder: '/home/me',
    ...more,
  });
}
