/** Programs that embed the native part end at any moment; by hand: TEECAM_TORTURE_ROUNDS=40. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Child } from './support/child.js';
import { repository } from './support/repository.js';
import { ringFiles } from './support/shm.js';

const program = join(repository, 'dist', 'test', 'clients', 'core-user.js');
const rounds = Number(process.env['TEECAM_TORTURE_ROUNDS'] ?? 4);
/** From the loading of the addon to a camera that streams. */
const widestDelayMs = 800;

async function run(how: string, delayMs: number): Promise<void> {
  const instance = `end${process.pid}`;
  await using child = new Child(process.execPath, [program, instance, how, `${delayMs}`]);
  const { code, signal } = await child.end(60_000);
  assert.equal(code ?? signal, 7, `after ${delayMs} ms\n${child.stdout}\n${child.stderr}`);
  // Who exits in mid-stream leaves its rings, which the next one takes over.
  for (const name of await ringFiles(instance)) await rm(`/dev/shm/${name}`);
}

describe('a program with the addon', () => {
  for (const how of ['exit', 'terminate']) {
    it(`may ${how} at any moment`, { timeout: rounds * 30_000 }, async () => {
      for (let round = 0; round < rounds; round++) await run(how, Math.random() * widestDelayMs);
    });
  }

  it('may have listeners that throw', { timeout: rounds * 30_000 }, async () => {
    for (let round = 0; round < rounds; round++) await run('throw', 0);
  });
});
