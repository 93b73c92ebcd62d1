import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { type LoadedProfile, loadProfile } from '../profile/load.js';

/** Reads and checks a profile with the environment and `--set` laid over it. Throws `bad-profile` and `no-permission`. */
export async function readProfileFile(path: string, set: readonly string[] = []): Promise<LoadedProfile> {
  return loadProfile({
    file: resolve(path),
    label: path,
    text: await readProfileText(path),
    workingFolder: process.cwd(),
    environment: process.env,
    set,
  });
}

/** Throws `bad-profile` and `no-permission`. */
export async function readProfileText(path: string): Promise<string> {
  try {
    return utf8(path, await readFile(path));
  } catch (cause) {
    if (cause instanceof TeecamError) throw cause;
    if (codeOf(cause) === 'EACCES')
      throw new TeecamError('no-permission', `${path}: this user may not read it`, { cause });
    const why = { ENOENT: 'there is no such file', EISDIR: 'it is a folder, no file' }[codeOf(cause) ?? ''];
    throw new TeecamError('bad-profile', `${path}: ${why ?? messageOf(cause)}`, { cause });
  }
}

/** A wrong letter would become a sign that nobody wrote. */
function utf8(path: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const before = bytes.toString('utf8').split('\ufffd', 1).join('');
  const line = before.split('\n').length;
  throw new TeecamError('bad-profile', `${path}:${line}: expected text in UTF-8; found other bytes`);
}
