import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../support/repository.js';

const execute = promisify(execFile);
const folder = join(repository, 'build', 'vm');

/** Why there can be no machine here, or null. It is emulated, since few build machines may use KVM. */
export function machineUnavailable(): string | null {
  return process.arch === 'x64'
    ? null
    : `the machine with a V4L2 driver is an x86-64 one; this is ${process.arch}`;
}

export interface MachineResult {
  /** What the script wrote, both streams. */
  output: string;
  /** Its exit code. */
  code: number;
}

/** Fetches the kernel and builds the image, unless that has been done. */
export async function buildMachine(): Promise<void> {
  await execute(join(repository, 'test', 'vm', 'build-image.sh'), [folder]);
}

/**
 * Boots a kernel with the `vivid` driver (/dev/video0) on top of this system's
 * own files, which it sees read-only below a layer in memory, and runs a bash
 * script in it. Rejects when the machine did not come to the script's end.
 */
export async function runInMachine(script: string, timeoutMs: number): Promise<MachineResult> {
  const files = await mkdtemp(join(tmpdir(), 'teecam-vm-'));
  const [scriptFile, consoleFile, resultFile] = ['script', 'console', 'result'].map((name) =>
    join(files, name),
  ) as [string, string, string];
  const path = [
    ...new Set([join(process.execPath, '..'), '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']),
  ];
  const head = `export HOME=/root PATH='${path.join(delimiter)}'\ncd '${repository}'\n`;
  try {
    await writeFile(scriptFile, head + script);
    await boot(scriptFile, consoleFile, resultFile, timeoutMs);
    const text = await readFile(resultFile, 'utf8');
    const end = /^teecam-vm: exit (\d+)$/m.exec(text);
    if (!end) {
      const console = await readFile(consoleFile, 'utf8');
      throw new Error(
        `the machine did not come to the script's end\n${console.slice(-4000)}\n${text.slice(-4000)}`,
      );
    }
    return { output: text.slice(0, end.index), code: Number(end[1]) };
  } finally {
    await rm(files, { recursive: true, force: true });
  }
}

function boot(script: string, console: string, result: string, timeoutMs: number): Promise<void> {
  const append = [
    // On a busy host the timer interrupt comes too late for the kernel's trial of it, which then gives up.
    'console=ttyS0 panic=-1 quiet edd=off mitigations=off no_timer_check',
    `teecam.script=${Buffer.from(script).toString('base64')}`,
  ].join(' ');
  const qemu = spawn(
    'qemu-system-x86_64',
    [
      '-accel',
      'tcg,thread=multi',
      '-cpu',
      'max',
      '-smp',
      '2',
      '-m',
      '2048',
      '-no-reboot',
      '-nodefaults',
    ].concat(
      ['-display', 'none', '-serial', `file:${console}`, '-serial', `file:${result}`],
      ['-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'],
      ['-kernel', join(folder, 'kernel'), '-initrd', join(folder, 'initrd'), '-append', append],
    ),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  qemu.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    // The files tell what it got done; a machine that hangs is ended here.
    const deadline = setTimeout(() => qemu.kill('SIGKILL'), timeoutMs);
    qemu.on('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    qemu.on('exit', (code) => {
      clearTimeout(deadline);
      if (code === null || code === 0) resolve();
      else reject(new Error(`qemu ended with code ${code}: ${said}`));
    });
  });
}
