/** Readers in every language at one ring, while all that can be killed is killed (native/test/torture). */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Child } from './support/child.js';
import { repository } from './support/repository.js';
import { ringFiles } from './support/shm.js';

const program = join(repository, 'build', 'Release', 'teecam-ring-torture');
const python = `/usr/bin/python3 ${join(repository, 'test', 'clients', 'torture_reader.py')}`;
const typescript = `${process.execPath} ${join(repository, 'dist', 'test', 'clients', 'torture-reader.js')}`;
/** Longer by hand: TEECAM_TORTURE_SECONDS=600 node --test dist/test/ring-torture.test.js */
const seconds = Number(process.env['TEECAM_TORTURE_SECONDS'] ?? 12);

describe('a ring under torture', () => {
  it('tears no frame unnoticed, loses count of none, and holds nobody up', {
    timeout: seconds * 1000 + 240_000,
  }, async (context) => {
    const seed = process.env['TEECAM_TORTURE_SEED'] ?? `${Math.floor(Math.random() * 2 ** 31)}`;
    const args = ['--seconds', `${seconds}`, '--seed', seed, '--reader', python, '--reader', typescript];
    await using child = new Child(program, args);
    const { code } = await child.end(seconds * 1000 + 200_000);
    context.diagnostic(child.stdout);
    assert.equal(code, 0, `${child.stdout}\n${child.stderr}`);
    assert.deepEqual(await ringFiles(`torture${child.pid}`), []);
  });
});
