import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { type LoadedProfile, loadProfile } from '../profile/load.js';

/** Reads and checks a profile with the environment and `--set` laid over it. Throws `bad-profile` and `no-permission`. */
export async function readProfileFile(path: string, set: readonly string[] = []): Promise<LoadedProfile> {
  return loadProfile({
    file: resolve(path),
    label: path,
    text: await readText(path),
    workingFolder: process.cwd(),
    environment: process.env,
    set,
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'EACCES')
      throw new TeecamError('no-permission', `${path}: this user may not read it`, { cause });
    const why = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new TeecamError('bad-profile', `${path}: ${why}`, { cause });
  }
}
