import { readdir, readFile } from 'node:fs/promises';

export interface ProcessInfo {
  pid: number;
  parent: number;
  name: string;
}

/** Every process whose parent is `pid`, from /proc. */
export async function childrenOf(pid: number): Promise<ProcessInfo[]> {
  const all = await Promise.all(
    (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess),
  );
  return all.filter((info) => info?.parent === pid).filter((info) => info !== null);
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: it has ended, and that is the answer.
    return false;
  }
}

/** Null when it has ended meanwhile. */
async function readProcess(pid: string): Promise<ProcessInfo | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const match = stat && /^\d+ \((.*)\) \S (\d+)/s.exec(stat);
  return match ? { pid: Number(pid), parent: Number(match[2]), name: match[1] ?? '' } : null;
}
