import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { repositoryUrl } from '../../test/support/repository.js';
import { reservedNames } from './names.js';
import { schemaFile, withReference } from './reference.js';

const read = (path: string) => readFileSync(new URL(path, repositoryUrl), 'utf8');
const remedy = 'run: node scripts/profile-docs.mjs';

test('the published JSON Schema is current', () => {
  assert.equal(read('docs/profile.schema.json'), schemaFile(), remedy);
});

test('the table of keys in the reference is current', () => {
  const page = read('docs/profile.md');
  assert.equal(page, withReference(page), remedy);
});

test('the reference lists the names that are taken', () => {
  const names = [...reservedNames].map((name) => `\`${name}\``).join(', ');
  assert.ok(read('docs/profile.md').includes(`taken by addresses: ${names}.`));
});
