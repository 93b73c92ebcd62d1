import { spawnSync } from 'node:child_process';

const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];

/** Whether this machine lets a test have a /dev/shm of its own. */
export const canHaveOwnShm = spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0;

/** For `prefix`: what runs sees a /dev/shm of this size that nobody else does. */
export function ownShm(size: string): readonly string[] {
  const script = `mount -t tmpfs -o size=${size} tmpfs /dev/shm && exec "$@"`;
  return [...unshare, 'sh', '-c', script, 'sh'];
}

/** Where that /dev/shm is for others. */
export function shmOf(pid: number): string {
  return `/proc/${pid}/root/dev/shm`;
}
