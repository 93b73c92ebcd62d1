import { accessSync, constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';

/** Between the name of a file and the process that is writing it anew. */
const unfinished = '.next-';

const systemFolder = '/var/lib/teecam';

/** What a file holds, and the version of that shape. Another version is set aside as a broken file is. */
export interface StateKind<T> {
  /** `NAME.json` in the folder. */
  name: string;
  version: number;
  schema: z.ZodType<T>;
}

/** Written, but not yet in place. */
export interface PreparedState {
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * What has to survive a restart: JSON files, each whole or absent, readable by
 * this user alone. The folder is made when the first of them is written.
 */
export class StateFolder {
  readonly path: string;
  readonly #log: Log;
  readonly #notices: string[] = [];

  constructor(log: Log, folder = stateFolderPath(process.env)) {
    this.path = folder;
    this.#log = log;
  }

  /** Sentences for the person who started it: what could not be read. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /**
   * Null: there is none. One that cannot be understood is set aside, with a
   * notice, and counts as none. Rejects with `no-permission` or `failed`.
   */
  async read<T>(kind: StateKind<T>): Promise<T | null> {
    await this.#removeUnfinished(path.basename(this.fileOf(kind)));
    const found = await this.#found(kind);
    if (found === null) return null;
    if ('content' in found) return found.content;
    await this.setAside(kind, found.why);
    return null;
  }

  /** The same for who only looks: nothing is set aside. Null, too, for what cannot be understood. Rejects as `read`. */
  async peek<T>(kind: StateKind<T>): Promise<T | null> {
    const found = await this.#found(kind);
    return found !== null && 'content' in found ? found.content : null;
  }

  async #found<T>(kind: StateKind<T>): Promise<ReturnType<typeof understood<T>> | null> {
    const file = this.fileOf(kind);
    try {
      return understood(await readFile(file, 'utf8'), kind);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw explain(error, `${file} cannot be read`);
    }
  }

  /** All of it or nothing: what was there before stays when it fails. Rejects with `no-space`, `no-permission` or `failed`. */
  async write<T>(kind: StateKind<T>, content: T): Promise<void> {
    const prepared = await this.prepare(kind, content);
    await prepared.commit();
  }

  /** Writes beside what is there: room and rights are no question any more when it is put in place. Rejects as `write`. */
  async prepare<T>(kind: StateKind<T>, content: T): Promise<PreparedState> {
    const file = this.fileOf(kind);
    const next = `${file}${unfinished}${process.pid}`;
    const text = `${JSON.stringify({ version: kind.version, content }, null, 2)}\n`;
    const discard = () => rm(next, { force: true });
    const attempt = async (work: () => Promise<void>) => {
      try {
        await work();
      } catch (error) {
        await discard();
        throw explain(error, `${file} cannot be written`);
      }
    };
    await attempt(async () => {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await writeThrough(next, text);
    });
    const commit = () =>
      attempt(async () => {
        await rename(next, file);
        await syncFolder(this.path);
      });
    return { commit, discard };
  }

  async remove(kind: StateKind<unknown>): Promise<void> {
    try {
      await rm(this.fileOf(kind), { force: true });
    } catch (error) {
      throw explain(error, `${this.fileOf(kind)} cannot be removed`);
    }
  }

  /** Keeps a file for people to look at, out of the way of the program. */
  async setAside(kind: StateKind<unknown>, why: string): Promise<void> {
    const file = this.fileOf(kind);
    const aside = `${file}.broken-${new Date().toISOString().replaceAll(':', '')}`;
    try {
      await rename(file, aside);
      this.#notices.push(`${file} is set aside as ${path.basename(aside)}: ${why}`);
    } catch (error) {
      this.#notices.push(`${file} is not used: ${why}. It cannot be set aside: ${messageOf(error)}`);
    }
    this.#log.error({ file, aside, why }, 'a state file is set aside');
  }

  /** What a killed process has not put in place any more. */
  async #removeUnfinished(name: string): Promise<void> {
    const prefix = `${name}${unfinished}`;
    const all = await readdir(this.path).catch(() => []); // what is wrong with the folder shows when a file is read
    const left = all.filter((one) => one.startsWith(prefix) && !isRunning(Number(one.slice(prefix.length))));
    for (const one of left) {
      await rm(path.join(this.path, one), { force: true }).catch((error: unknown) =>
        this.#log.warn({ file: one, err: error }, 'what a killed run has left cannot be removed'),
      );
    }
  }

  fileOf({ name }: StateKind<unknown>): string {
    return path.join(this.path, `${name}.json`);
  }
}

/** As docs/cli.md has it: what systemd gives, the system's for those who may write there, the user's own. */
export function stateFolderPath(environment: NodeJS.ProcessEnv, folder = systemFolder): string {
  // systemd gives several folders separated by colons when the unit asks for several.
  const [given] = (environment['STATE_DIRECTORY'] ?? '').split(':');
  if (given) return given;
  if (process.getuid?.() === 0 || mayWrite(folder)) return folder;
  const home = environment['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  return path.join(home, 'teecam');
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false; // not there, or not ours: that is the answer
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

const envelope = z.object({ version: z.int(), content: z.unknown() });

function understood<T>(text: string, { version, schema }: StateKind<T>): { content: T } | { why: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { why: `it is no JSON: ${messageOf(error)}` };
  }
  const outer = envelope.safeParse(value);
  if (!outer.success) return { why: 'it has no version and content' };
  if (outer.data.version !== version)
    return { why: `it has version ${outer.data.version}, and this Teecam knows ${version}` };
  const inner = schema.safeParse(outer.data.content);
  return inner.success ? { content: inner.data } : { why: z.prettifyError(inner.error) };
}

/**
 * To the disk, whole. Node's `writeFile` goes on where a nearly full disk took
 * a part, and so comes upon the error; write-file-atomic 6.0 takes the part for
 * the whole, and would put half a file in place.
 */
async function writeThrough(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'w', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

/** The new name survives a power cut only once its folder is written. */
async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}

function explain(error: unknown, what: string): TeecamError {
  const code = codeOf(error) ?? '';
  const options = { cause: error };
  if (['ENOSPC', 'EDQUOT'].includes(code))
    return new TeecamError('no-space', `${what}: the disk is full`, options);
  if (['EACCES', 'EPERM', 'EROFS'].includes(code))
    return new TeecamError('no-permission', `${what}: ${messageOf(error)}`, options);
  return new TeecamError('failed', `${what}: ${messageOf(error)}`, options);
}
