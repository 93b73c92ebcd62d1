import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { hashPassword, type PasswordHashes, randomPassword } from '../access/password.js';
import type { StateFolder, StateKind } from './state-folder.js';

const name = 'admin';

const kind: StateKind<PasswordHashes> = {
  name: 'lan-user',
  version: 1,
  schema: z.strictObject({ password: z.string(), rtsp: z.string() }),
};

/** The one user that `--lan` makes where the profile names none. */
export class LanUser {
  readonly name = name;
  readonly hashes: PasswordHashes;
  /** Null: it was made by an earlier run, and nobody knows it any more but the person who noted it. */
  readonly password: string | null;
  readonly #state: StateFolder;

  private constructor(state: StateFolder, hashes: PasswordHashes, password: string | null) {
    this.#state = state;
    this.hashes = hashes;
    this.password = password;
  }

  static async open(state: StateFolder): Promise<LanUser> {
    const kept = await state.read(kind);
    if (kept) return new LanUser(state, kept, null);
    const password = randomPassword();
    return new LanUser(state, await hashPassword(name, password), password);
  }

  /** Where it is kept; without this file the next run makes a new one. */
  get file(): string {
    return path.join(this.#state.path, `${kind.name}.json`);
  }

  /** To be called when the password is certain to be shown: a kept one that nobody has seen would shut everybody out. */
  async keep(): Promise<void> {
    if (this.password !== null) await this.#state.write(kind, this.hashes);
  }
}

/** All addresses of this machine: of both kinds where it has both. */
export function everyAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
