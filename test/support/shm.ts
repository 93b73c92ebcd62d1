import { readdir } from 'node:fs/promises';

/** The ring files of an instance that lie in /dev/shm. */
export async function ringFiles(instance: string): Promise<string[]> {
  const names = await readdir('/dev/shm');
  return names.filter((name) => name.startsWith(`teecam.${instance}.`)).sort();
}
