import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The folder of this installation: the compiled file is at dist/src/app/. */
export const packageFolder = fileURLToPath(new URL('../../../', import.meta.url));

export const packageVersion = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8'))).version;

export const workerPath = `${packageFolder}build/Release/teecam-worker`;
export const defaultProfilePath = `${packageFolder}pipelines/default.yaml`;
