/** Every rule of docs/pads.md has a test that names it, and no test names a rule that is not there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { messageTypes, serviceStatus, stopCodes } from './message.js';

const repository = new URL('../../../', import.meta.url);
const rooms = ['src/stream/', 'src/camera/'];

test('docs/pads.md and the tests name the same rules', () => {
  const page = readFileSync(new URL('docs/pads.md', repository), 'utf8');
  const written = [...page.matchAll(/^\| ([PMQFC]\d+) \|/gm)].map(([, rule]) => rule);
  const tested = new Set<string>();
  for (const room of rooms) {
    const folder = new URL(room, repository);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.test.ts'))) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      for (const [, rules] of text.matchAll(/(?:it|test)\(\s*['"`]((?:[PMQFC]\d+(?:, )?)+): /g)) {
        for (const rule of rules?.split(', ') ?? []) tested.add(rule);
      }
    }
  }
  assert.ok(written.length > 40);
  assert.equal(new Set(written).size, written.length, 'a rule is written twice');
  assert.deepEqual([...tested].sort(), [...written].sort());
});

test('docs/messages.md lists every kind, every code and every bit', () => {
  const page = readFileSync(new URL('docs/messages.md', repository), 'utf8');
  const rows = new Set(
    [...page.matchAll(/^\| `(\w+)` \| (\d*)/gm)].map(([, name, n]) => `${name} ${n}`.trim()),
  );
  for (const type of messageTypes) assert.ok(rows.has(type), type);
  for (const [name, value] of Object.entries({ ...stopCodes, ...serviceStatus })) {
    assert.ok(rows.has(`${name} ${value}`), `${name} ${value}`);
  }
});
