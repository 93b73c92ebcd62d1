import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CameraView, StreamView } from '../../src/api/views.js';
import { Child, type ChildEnd } from './child.js';
import { childrenOf } from './processes.js';
import { repository } from './repository.js';
import { until } from './until.js';

export interface RunOptions {
  /** Arguments of `teecam run` behind the profile. */
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** An instance of an earlier run, to take over what it left. */
  instance?: string;
  /** Files that the profile names relative to itself, by that name: where they really are. */
  files?: Readonly<Record<string, string>>;
  /** For it to start, to answer and to end, where all takes longer than usual. */
  withinMs?: number;
  /** What stands before the command and executes it, such as a shell that sets a limit. */
  prefix?: readonly string[];
}

/** What a test writes of a profile; addresses and instance are the harness's. */
export interface ProfileText {
  cameras: Record<string, unknown>;
  [key: string]: unknown;
}

const main = join(repository, 'dist', 'src', 'cli', 'main.js');

/** `teecam run` as a child, on free ports of the loopback, with ring names of its own. */
export class RunningAppliance implements AsyncDisposable {
  readonly instance: string;
  readonly #child: Child;
  readonly #folder: string;
  readonly #http: string;
  readonly #withinMs: number | undefined;

  private constructor(
    child: Child,
    folder: string,
    http: string,
    { instance, withinMs }: RunOptions & { instance: string },
  ) {
    this.#child = child;
    this.#folder = folder;
    this.instance = instance;
    this.#http = http;
    this.#withinMs = withinMs;
  }

  /** Resolves when its addresses answer; a camera may still be starting. */
  static async start(profile: ProfileText, options: RunOptions = {}): Promise<RunningAppliance> {
    const instance = options.instance ?? `t${randomBytes(5).toString('hex')}`;
    const folder = await mkdtemp(join(tmpdir(), 'teecam-test-'));
    const path = join(folder, 'profile.yaml');
    const complete = { instance, http: { port: 0 }, rtsp: { port: 0 }, ...profile };
    await writeFile(path, stringify(complete));
    for (const [name, file] of Object.entries(options.files ?? {})) await symlink(file, join(folder, name));
    // Its own place for temporary files too: what a killed one leaves goes with the folder.
    const env = { STATE_DIRECTORY: join(folder, 'state'), TMPDIR: folder, ...options.env };
    const child = runTeecam(['run', path, ...(options.args ?? [])], env, options.prefix);
    try {
      const http = await until(
        'the banner with the page address',
        () => pageAddress(child) ?? !child.running,
        {
          withinMs: options.withinMs ?? 60_000,
        },
      );
      if (http === true) {
        const { code, signal } = await child.end(10_000);
        throw new Error(`it ended with ${code ?? signal}`);
      }
      return new RunningAppliance(child, folder, http, { ...options, instance });
    } catch (error) {
      await child[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      throw new Error(`teecam did not start\n${child.stdout}\n${child.stderr}`, { cause: error });
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What it wrote for the person who started it. */
  get output(): string {
    return this.#child.stdout;
  }

  get errors(): string {
    return this.#child.stderr;
  }

  get log(): string {
    return this.output + this.errors;
  }

  /** `http://HOST:PORT` + path. */
  http(path: string): string {
    return this.#http + path;
  }

  async json<T>(path: string): Promise<T> {
    const response = await fetch(this.http(path), { signal: AbortSignal.timeout(this.#withinMs ?? 5000) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  camera(name: string): Promise<CameraView> {
    return this.json(`/api/v1/cameras/${name}`);
  }

  async stream(camera: string, name: string): Promise<StreamView> {
    return this.json(`/api/v1/cameras/${camera}/streams/${name}`);
  }

  /** Every camera is live. */
  async ready(withinMs = 30_000): Promise<void> {
    await until(`/readyz\n${this.log}`, async () => (await fetch(this.http('/readyz'))).ok, {
      withinMs,
    }).catch((error: unknown) => {
      throw new Error(`not ready\n${this.log.slice(-8000)}`, { cause: error });
    });
  }

  /** Process ids of its camera workers. */
  async workers(): Promise<number[]> {
    const children = await childrenOf(this.pid);
    return children.filter(({ name }) => name.startsWith('teecam-worker')).map(({ pid }) => pid);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.signal(name);
  }

  end(withinMs: number): Promise<ChildEnd> {
    return this.#child.end(withinMs);
  }

  stop(withinMs = 10_000): Promise<ChildEnd> {
    return this.#child.stop(withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Asked first: a killed appliance leaves its rings behind, as it must be able to.
    try {
      if (this.#child.running) await this.#child.stop(this.#withinMs);
    } finally {
      await this.#child[Symbol.asyncDispose]();
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}

/** `teecam` with these arguments, to whatever end. */
export function runTeecam(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  prefix: readonly string[] = [],
): Child {
  const [command, ...before] = [...prefix, process.execPath];
  return new Child(command ?? process.execPath, [...before, main, ...args], {
    env: { ...process.env, ...env },
  });
}

function pageAddress(child: Child): string | null {
  return /\bhttp:\/\/[^/\s]+(?=\/\s)/.exec(child.stdout)?.[0] ?? null;
}
