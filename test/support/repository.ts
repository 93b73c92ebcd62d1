import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project, with its closing slash; this file is compiled to dist/test/support/. */
export const repositoryUrl = new URL('../../../', import.meta.url);

/** The same as a path, without the slash. */
export const repository = resolve(fileURLToPath(repositoryUrl));
