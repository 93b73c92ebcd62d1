import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readProfileFile } from './profile-file.js';

test('a profile that is not UTF-8 is refused, with its line', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'cam.yaml');
  await writeFile(file, Buffer.from('cameras:\n  # T\u00fcr\n', 'latin1'));
  await assert.rejects(readProfileFile(file), { code: 'bad-profile', message: /cam\.yaml:2: .*UTF-8/ });
});
