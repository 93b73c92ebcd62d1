import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { type LoadedProfile, loadProfile, profileFromValue } from '../profile/load.js';

export interface ProfileOverrides {
  /** Each `path=value`, as `--set` takes them. */
  set?: readonly string[];
  environment?: NodeJS.ProcessEnv;
}

/** Reads a profile file, or takes a profile that is a value already. Rejects with `bad-profile` or `no-permission`. */
export async function readProfile(profile: unknown, overrides: ProfileOverrides): Promise<LoadedProfile> {
  if (typeof profile !== 'string') return profileFromValue(profile, process.cwd());
  const file = path.resolve(profile);
  return loadProfile({
    file,
    label: profile,
    text: await readText(profile),
    workingFolder: process.cwd(),
    ...overrides,
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT')
      throw new TeecamError('bad-profile', `there is no profile ${file}`, { cause: error });
    if (code === 'EACCES')
      throw new TeecamError('no-permission', `the profile ${file} may not be read`, { cause: error });
    throw new TeecamError('bad-profile', `the profile ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
