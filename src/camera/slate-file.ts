import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { Reason } from './messages.js';
import { reasonWords, startingWords } from './reason-words.js';
import { drawSlate } from './slate.js';
import type { SlateLook } from './slate-svg.js';

/** What a slate has to say. */
export interface SlateNews {
  /** Null: nothing is wrong yet, the camera is starting. */
  reason: Reason | null;
  since: Date;
  /** When the camera is tried again, in words. */
  retry: string | null;
}

export interface SlateFileOptions {
  /** Private. */
  folder: string;
  camera: string;
  size: { width: number; height: number };
  look: SlateLook;
  log: Log;
}

/** The file from which a camera's core reads its slate; always a whole picture. */
export class SlateFile {
  readonly path: string;
  readonly #options: SlateFileOptions;
  #look: SlateLook;

  constructor(options: SlateFileOptions) {
    this.path = path.join(options.folder, `${options.camera}.rgb`);
    this.#options = options;
    this.#look = options.look;
  }

  /** From the next drawing on. */
  restyle(look: SlateLook): void {
    this.#look = look;
  }

  async draw(news: SlateNews): Promise<void> {
    const picture = await this.#picture(news);
    const next = `${this.path}.next`;
    await writeFile(next, picture, { mode: 0o600 });
    await rename(next, this.path);
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  /** An image that cannot be shown any more must not keep viewers from being told. */
  async #picture({ reason, since, retry }: SlateNews): Promise<Buffer> {
    const { size, log } = this.#options;
    const words = reason === null ? startingWords : reasonWords[reason];
    const { width, height } = size;
    const picture = { width, height, look: this.#look, words, since, retry };
    try {
      return await drawSlate(picture);
    } catch (error) {
      if (codeOf(error) !== 'bad-image') throw error;
      log.warn({ err: error }, "the slate's image cannot be shown; it has text instead");
      return drawSlate({ ...picture, look: { ...this.#look, mode: 'text' } });
    }
  }
}
