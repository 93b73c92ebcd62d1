import { readdir, readlink } from 'node:fs/promises';
import type { RunningAppliance } from '../support/appliance.js';

/** Nodes of devices that are gone, which its workers keep open, and so taken. */
export async function lostNodes(appliance: RunningAppliance): Promise<string[]> {
  const links = await Promise.all((await appliance.workers()).map(descriptors));
  return links.flat().filter((link) => link.startsWith('/dev/video') && link.endsWith('(deleted)'));
}

/** What they lead to. One may be closed while they are read. */
async function descriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  return Promise.all((await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')));
}
