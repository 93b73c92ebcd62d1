/** For tests: a ring under a name of its own, with a writer in another process. */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type RingGeometry, ringName } from '../ring/layout.js';
import { loadNative } from './load.js';
import type { RingFileHandle, RingOptions } from './port.js';

const writerPath = fileURLToPath(new URL('../../../build/Release/teecam-test-writer', import.meta.url));

export const encodedGeometry: RingGeometry = { frameCount: 16, slotCount: 0, slotSize: 0, arenaSize: 16384 };
export const rawGeometry: RingGeometry = { frameCount: 16, slotCount: 4, slotSize: 4096, arenaSize: 16384 };

export class RingRig implements AsyncDisposable {
  readonly instance = `t${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  readonly path = `/dev/shm/${ringName(this.instance, 'front', 'high')}`;
  readonly file: RingFileHandle;
  #child: ChildProcessByStdio<Writable, Readable, null> | null = null;
  #answers: AsyncIterator<string> | null = null;

  constructor(readonly geometry: RingGeometry = encodedGeometry) {
    this.file = loadNative().createRing(this.path, this.options());
  }

  options(): RingOptions {
    const { geometry, instance } = this;
    return { geometry, instance, camera: 'front', stream: 'high', mode: 0o640, gid: null };
  }

  /** One command of native/test/tool/ring_writer_tool.cc; its answer, the last sequence number. */
  async write(command: string): Promise<number> {
    if (this.#child === null) {
      this.#child = spawn(writerPath, [this.path], { stdio: ['pipe', 'pipe', 'inherit'] });
      this.#answers = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
      assert.equal(await this.#answer(), 'ready');
    }
    this.#child.stdin.write(`${command}\n`);
    const answer = await this.#answer();
    assert.match(answer, /^\d+$/, command);
    return Number(answer);
  }

  async killWriter(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.kill('SIGKILL')) await once(child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killWriter();
    this.file.close();
    rmSync(this.path, { force: true });
  }

  async #answer(): Promise<string> {
    const next = await this.#answers?.next();
    return next?.done === false ? next.value : 'no answer';
  }
}
