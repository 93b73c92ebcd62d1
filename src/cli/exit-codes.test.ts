import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { packageFolder } from '../app/package.js';
import { exitCodes } from '../base/exit-code.js';

test('the page lists every exit code, and no other', () => {
  const page = readFileSync(`${packageFolder}docs/cli.md`, 'utf8');
  const section = page.slice(page.indexOf('## Exit codes'));
  const listed = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  assert.deepEqual(listed, Object.values(exitCodes));
});
