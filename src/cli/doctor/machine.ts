/** The facts about this machine on which the checks decide. */
import { access, constants, readdir, readFile, stat, statfs } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { coresInWorkers } from '../../app/core-starter.js';
import { workerPath } from '../../app/package.js';
import { ringFolder } from '../../app/ring-set.js';
import { codeOf, messageOf } from '../../base/error.js';
import { silentLog } from '../../base/log.js';
import type { StartCarrier } from '../../camera/carrier.js';
import { readyEvent } from '../../camera/messages.js';
import { loadNative } from '../../native/load.js';
import type { NativePort } from '../../native/port.js';
import type { VideoNode } from './cameras.js';
import type { Memory, RingFile } from './memory.js';
import type { Worker } from './software.js';

const workerDeadlineMs = 10_000;
const ownerByte = 1024;

export function askNative(): NativePort | { trouble: string } {
  try {
    return loadNative();
  } catch (error) {
    return { trouble: messageOf(error) };
  }
}

/** Starts a worker, which says its protocol first of all, and ends it. */
export async function askWorker(executable = workerPath): Promise<Worker> {
  let start: StartCarrier;
  try {
    start = (await coresInWorkers(executable))('doctor', silentLog);
  } catch (error) {
    return { trouble: messageOf(error) };
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => end({ trouble: `${executable} says nothing` }), workerDeadlineMs);
    const carrier = start({
      onMessage: (text) => end(greeting(executable, text)),
      onEnd: (how) => end({ trouble: `${executable} ${how}` }),
    });
    function end(found: Worker): void {
      clearTimeout(timer);
      carrier.kill();
      resolve(found);
    }
  });
}

function greeting(executable: string, text: string): Worker {
  try {
    return { protocol: readyEvent.parse(JSON.parse(text)).protocol };
  } catch {
    return { trouble: `${executable} does not speak as a worker` }; // neither JSON, nor the event that it has to be
  }
}

export async function lookAtMemory(): Promise<Memory> {
  let space: { bavail: number; bsize: number };
  try {
    space = await statfs(ringFolder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { there: false, writable: false, freeBytes: 0, rings: [] };
    throw error;
  }
  const writable = await may(ringFolder, constants.W_OK | constants.X_OK);
  return { there: true, writable, freeBytes: space.bavail * space.bsize, rings: await ringFiles() };
}

async function ringFiles(): Promise<RingFile[]> {
  const names = (await readdir(ringFolder)).filter((name) =>
    /^teecam(\.[a-z][a-z0-9-]*){2,3}(\+jpeg(-\d+)?)?$/.test(name),
  );
  const locks = await readFile('/proc/locks', 'utf8').catch(() => null);
  const files = await Promise.all(names.sort().map((name) => ringFile(path.join(ringFolder, name), locks)));
  return files.filter((file) => file !== null);
}

async function ringFile(file: string, locks: string | null): Promise<RingFile | null> {
  try {
    const { size, uid, ino } = await stat(file);
    return {
      path: file,
      bytes: size,
      user: userName(uid),
      owned: locks === null ? null : isOwned(locks, ino),
    };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null; // its Teecam ended meanwhile
    throw error;
  }
}

/** A line of /proc/locks: `1: OFDLCK ADVISORY  WRITE -1 00:19:INODE FIRST LAST`. */
export function isOwned(locks: string, inode: number): boolean {
  return locks
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, kind, , access, , place, first, last]) =>
        kind === 'OFDLCK' &&
        access === 'WRITE' &&
        place?.endsWith(`:${inode}`) === true &&
        Number(first) <= ownerByte &&
        (last === 'EOF' || Number(last) >= ownerByte),
    );
}

export async function videoNodes(): Promise<VideoNode[]> {
  const names = (await readdir('/dev')).filter((name) => /^video\d+$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const node = path.join('/dev', name);
      return { path: node, usable: await may(node, constants.R_OK | constants.W_OK) };
    }),
  );
}

function userName(uid: number): string {
  const self = userInfo();
  return self.uid === uid ? self.username : `user ${uid}`;
}

async function may(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
