import { readFile } from 'node:fs/promises';
import { setTimeout as elapse } from 'node:timers/promises';
import { childrenOf } from '../test/support/processes.js';

/** /proc counts in hundredths of a second, whatever the kernel's own tick is. */
const ticksPerSecond = 100;

export interface ProcessUsage {
  name: string;
  /** Of one core. */
  cpuPercent: number;
  /** Resident memory, shared pages divided among those that share them. */
  pssBytes: number;
}

/** What a process and its children use over the next seconds. Throws when one ends or begins meanwhile. */
export async function measureUsage(pid: number, seconds: number): Promise<ProcessUsage[]> {
  const family = await familyOf(pid);
  const [before, began] = [await Promise.all(family.map(ticksOf)), performance.now()];
  await elapse(seconds * 1000);
  const [after, took] = [await Promise.all(family.map(ticksOf)), performance.now() - began];
  const now = await familyOf(pid);
  if (now.join() !== family.join()) throw new Error(`processes ${family} were measured, ${now} are running`);
  return Promise.all(
    family.map(async (each, i) => ({
      name: (await readFile(`/proc/${each}/comm`, 'utf8')).trim(),
      cpuPercent: (((after[i] ?? 0) - (before[i] ?? 0)) / ticksPerSecond / (took / 1000)) * 100,
      pssBytes: await pssOf(each),
    })),
  );
}

export function cpuPercentOf(usages: readonly ProcessUsage[]): number {
  const sum = usages.reduce((total, usage) => total + usage.cpuPercent, 0);
  if (sum < 0.01) throw new Error(`no processor time was measured: ${JSON.stringify(usages)}`);
  return sum;
}

async function familyOf(pid: number): Promise<number[]> {
  return [pid, ...(await childrenOf(pid)).map((child) => child.pid).sort((a, b) => a - b)];
}

/** User and system time of all its threads. */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold spaces: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

async function pssOf(pid: number): Promise<number> {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`the kernel does not tell the Pss of process ${pid}`);
  return Number(kilobytes) * 1024;
}
