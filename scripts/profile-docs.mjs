// Writes what is made from the profile's schema: docs/profile.schema.json and
// the table of keys in docs/profile.md. Needs a build (npx tsc); a test notices
// when it was forgotten.
import { readFile, writeFile } from 'node:fs/promises';
import { schemaFile, withReference } from '../dist/src/profile/reference.js';

const docs = new URL('../docs/', import.meta.url);
const page = new URL('profile.md', docs);
await writeFile(new URL('profile.schema.json', docs), schemaFile());
await writeFile(page, withReference(await readFile(page, 'utf8')));
