import { lstatSync, mkdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { codeOf, TeecamError } from '../base/error.js';

/** Where sockets go whose place the profile does not name. */
export function socketFolder(): string {
  // systemd gives several folders separated by colons when the unit asks for several.
  const [given] = (process.env['RUNTIME_DIRECTORY'] ?? '').split(':');
  if (given) return given;
  const session = process.env['XDG_RUNTIME_DIR'];
  if (session) return path.join(session, 'teecam');
  const user = process.getuid?.() ?? 0;
  return user === 0 ? '/run/teecam' : path.join(tmpdir(), `teecam-${user}`);
}

export function socketPath(instance: string | null, camera: string, stream: string): string {
  const name = [instance, camera, stream].filter((part) => part !== null).join('.');
  return path.join(socketFolder(), `${name}.shm`);
}

/** Throws `no-permission`: it cannot be made, or in /tmp somebody else has made it. */
export function makeSocketFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new TeecamError('no-permission', `${folder} cannot be made for sockets`, { cause });
  }
  const { uid } = lstatSync(folder);
  if (uid !== process.getuid?.() && uid !== 0)
    throw new TeecamError('no-permission', `${folder} belongs to another user, who could take sockets away`);
}

/** If nobody uses it. */
export function removeSocketFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    const inUse = ['ENOTEMPTY', 'ENOENT', 'EBUSY', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '');
    if (!inUse) throw error;
  }
}
