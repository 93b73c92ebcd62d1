import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A program that a test runs. Its end is awaited or brought about; nothing outlives the test. */
export class Child implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<ChildEnd>;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => this.#stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    this.#process = child;
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      // Not 'exit': what it wrote last is still on its way then.
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    // Whoever asks for the end gets the error; a test that failed before asks no more.
    this.#ended.catch(() => undefined);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the program could not be started');
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  get stdoutBytes(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get stderr(): string {
    return Buffer.concat(this.#stderr).toString();
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  /** Its end; past the deadline it is killed, and that is an error. */
  async end(withinMs: number): Promise<ChildEnd> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#process.kill('SIGKILL');
    }, withinMs);
    const end = await this.#ended.finally(() => clearTimeout(timer));
    if (late)
      throw new Error(`${this.#process.spawnfile} did not end within ${withinMs} ms\n${this.#tail()}`);
    return end;
  }

  /** Ends it as a service manager would. */
  async stop(withinMs = 10_000): Promise<ChildEnd> {
    if (this.running) this.signal('SIGTERM');
    return this.end(withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.running) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'close');
  }

  #tail(): string {
    return `${this.stdout.slice(-2000)}\n${this.stderr.slice(-4000)}`;
  }
}

/** Runs a program to its end and returns what it wrote; another exit code than 0 is an error. */
export async function output(command: string, args: readonly string[], withinMs = 30_000): Promise<Child> {
  await using child = new Child(command, args);
  const { code, signal } = await child.end(withinMs);
  if (code !== 0) {
    throw new Error(
      `${command} ${args.join(' ')}: ended with ${code ?? signal}\n${child.stderr.slice(-4000)}`,
    );
  }
  return child;
}
