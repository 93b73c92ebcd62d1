/** What the tests of the whole appliance stand on. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ringFolder } from './ring-set.js';

/** A small profile on free ports, with an instance name that no other run has. */
export function smallProfile(cameras: readonly string[] = ['front']) {
  const camera = {
    source: 'test',
    capture: { width: 160, height: 120, framerate: 15 },
    streams: {
      high: { codec: 'h264', width: 160, height: 120, framerate: 15, outputs: ['rtsp', 'shm'] },
      low: { codec: 'jpeg', width: 160, height: 120, framerate: 15, linger: 1, port: 0 },
    },
  };
  return {
    instance: `t${randomBytes(6).toString('hex')}`,
    http: { port: 0 },
    rtsp: { port: 0, udp: { ports: '41000-41099' } },
    cameras: Object.fromEntries(cameras.map((name) => [name, structuredClone(camera)])),
  };
}

/** Names of an instance's rings. */
export function ringsOf(instance: string): string[] {
  return readdirSync(ringFolder)
    .filter((name) => name.startsWith(`teecam.${instance}.`))
    .sort();
}

/** A disk of its own that is soon full; null, and the test is skipped, where none may be mounted. */
export function smallDisk(t: TestContext, size: string): string | null {
  const place = mkdtempSync(path.join(tmpdir(), 'teecam-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', place], { stdio: 'pipe' });
  } catch {
    rmdirSync(place);
    t.skip('needs the right to mount');
    return null;
  }
  t.after(() => {
    execFileSync('umount', ['--lazy', place]);
    rmdirSync(place);
  });
  return place;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: that is the answer
  }
}

/** Waits for a state, with a deadline that fails the test. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 20_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await sleep(20);
  }
}

/** An MJPEG viewer that counts the parts it gets on its one connection. */
export class MjpegViewer {
  parts = 0;
  ended = false;
  readonly #request;

  constructor(address: string) {
    this.#request = request(address, (response) => {
      response.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(boundary); at >= 0; at = chunk.indexOf(boundary, at + 1)) this.parts += 1;
      });
      response.on('close', () => {
        this.ended = true;
      });
    });
    this.#request.on('error', () => {
      this.ended = true;
    });
    this.#request.end();
  }

  close(): void {
    this.#request.destroy();
  }
}

const boundary = 'Content-Length';
