import { readFile } from 'node:fs/promises';
import { setTimeout as elapse } from 'node:timers/promises';
import { childrenOf } from '../test/support/processes.js';

/** /proc counts in hundredths of a second, whatever the kernel's own tick is. */
const ticksPerSecond = 100;

/** Percent of one core that a process and its children took over the next `seconds`. */
export async function cpuPercent(pid: number, seconds: number): Promise<number> {
  const [before, began] = [await familyTicks(pid), performance.now()];
  await elapse(seconds * 1000);
  const used = (await familyTicks(pid)) - before;
  return (used / ticksPerSecond / ((performance.now() - began) / 1000)) * 100;
}

async function familyTicks(pid: number): Promise<number> {
  const family = [pid, ...(await childrenOf(pid)).map((child) => child.pid)];
  const ticks = await Promise.all(family.map(ownTicks));
  return ticks.reduce((sum, each) => sum + each, 0);
}

/** User and system time of all its threads. */
async function ownTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name, which may hold spaces: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
