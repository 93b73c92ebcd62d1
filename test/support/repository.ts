import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project; this file is compiled to dist/test/support/. */
export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
