import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { codeOf, messageOf, TeecamError } from '../base/error.js';

/** A private folder for files that only this run needs. systemd gives the place, and removes it if we cannot. */
export class RuntimeFolder {
  private constructor(readonly path: string) {}

  /** Rejects with `no-space` or `no-permission`. */
  static async create(): Promise<RuntimeFolder> {
    // systemd gives several folders separated by colons when the unit asks for several.
    const [given] = (process.env['RUNTIME_DIRECTORY'] ?? '').split(':');
    const parent = given || tmpdir();
    try {
      return new RuntimeFolder(await mkdtemp(path.join(parent, 'teecam-')));
    } catch (cause) {
      const full = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause) ?? '');
      const message = full
        ? `there is no room in ${parent}`
        : `no folder can be made in ${parent}: ${messageOf(cause)}; TMPDIR may name another place`;
      throw new TeecamError(full ? 'no-space' : 'no-permission', message, { cause });
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** For a program that must end at once. */
  removeNow(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
