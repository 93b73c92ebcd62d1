import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reason } from './messages.js';
import { reasonWords, startingWords } from './reason-words.js';
import { drawSlate } from './slate.js';

/** The file from which a camera's core reads its slate; always a whole picture. */
export class SlateFile {
  readonly path: string;
  readonly #camera: string;
  readonly #size: { width: number; height: number };

  constructor(folder: string, camera: string, size: { width: number; height: number }) {
    this.path = path.join(folder, `${camera}.i420`);
    this.#camera = camera;
    this.#size = size;
  }

  /** Null: nothing is wrong yet, the camera is starting. */
  async draw(reason: Reason | null, since: Date): Promise<void> {
    const words = reason === null ? startingWords : reasonWords[reason];
    const picture = await drawSlate({ ...this.#size, camera: this.#camera, words, since });
    const next = `${this.path}.next`;
    await writeFile(next, picture, { mode: 0o600 });
    await rename(next, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
