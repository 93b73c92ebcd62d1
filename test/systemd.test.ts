import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../src/base/exit-code.js';
import { Child } from './support/child.js';
import { repository } from './support/repository.js';

const unit = join(repository, 'systemd', 'teecam.service');
const analyze = '/usr/bin/systemd-analyze';

test('the unit is one that systemd understands', {
  skip: existsSync(analyze) ? false : 'no systemd here',
}, async () => {
  await using child = new Child(analyze, ['verify', '--man=no', unit]);
  const { code } = await child.end(30_000);
  assert.equal(child.stderr, '');
  assert.equal(code, 0);
});

test('the unit is not started again where starting again changes nothing', async () => {
  const text = await readFile(unit, 'utf8');
  const prevented = /^RestartPreventExitStatus=(.*)$/m.exec(text)?.[1]?.split(' ').map(Number);
  assert.deepEqual(prevented, [exitCodes.usage, exitCodes.profile]);
});
