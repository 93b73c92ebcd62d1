import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeFolder } from './runtime-folder.js';

test('a place where no folder can be made is told', async (t) => {
  const before = process.env['RUNTIME_DIRECTORY'];
  process.env['RUNTIME_DIRECTORY'] = '/nowhere/at/all';
  t.after(() => {
    if (before === undefined) delete process.env['RUNTIME_DIRECTORY'];
    else process.env['RUNTIME_DIRECTORY'] = before;
  });
  await assert.rejects(RuntimeFolder.create(), { code: 'no-permission', message: /\/nowhere\/at\/all/ });
});
