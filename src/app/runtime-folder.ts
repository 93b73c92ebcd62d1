import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A private folder for files that only this run needs. systemd gives the place, and removes it if we cannot. */
export class RuntimeFolder {
  private constructor(readonly path: string) {}

  static async create(): Promise<RuntimeFolder> {
    // systemd gives several folders separated by colons when the unit asks for several.
    const [given] = (process.env['RUNTIME_DIRECTORY'] ?? '').split(':');
    return new RuntimeFolder(await mkdtemp(path.join(given || tmpdir(), 'teecam-')));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  /** For a program that must end at once. */
  removeNow(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
