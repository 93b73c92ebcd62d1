import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyMessage, accepting, type Target } from 'teecam';

export class EveryTenth implements Target {
  readonly rejects = accepting('packet'); // rejects every other kind
  frames = 0;

  constructor(private readonly folder: string) {}

  async deliver(message: AnyMessage): Promise<void> {
    using held = message; // released when the file is written
    if (held.type !== 'packet' || ++this.frames % 10 !== 0) return;
    await writeFile(join(this.folder, `${held.data.sequence}.jpg`), held.data.payload);
  }

  info() {
    return { kind: 'every-tenth', frames: this.frames };
  }
}
