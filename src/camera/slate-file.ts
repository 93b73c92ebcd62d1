import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reason } from './messages.js';
import { reasonWords, startingWords } from './reason-words.js';
import { drawSlate } from './slate.js';

export interface SlateLook {
  /** What people call the camera. */
  title: string;
  size: { width: number; height: number };
}

/** The file from which a camera's core reads its slate; always a whole picture. */
export class SlateFile {
  readonly path: string;
  #look: SlateLook;

  constructor(folder: string, camera: string, look: SlateLook) {
    this.path = path.join(folder, `${camera}.rgb`);
    this.#look = look;
  }

  /** From the next drawing on. */
  entitle(title: string): void {
    this.#look = { ...this.#look, title };
  }

  /** Null: nothing is wrong yet, the camera is starting. */
  async draw(reason: Reason | null, since: Date): Promise<void> {
    const words = reason === null ? startingWords : reasonWords[reason];
    const { title, size } = this.#look;
    const picture = await drawSlate({ ...size, title, words, since });
    const next = `${this.path}.next`;
    await writeFile(next, picture, { mode: 0o600 });
    await rename(next, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
