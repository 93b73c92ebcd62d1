/** Where files are kept, beside the rings. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stateFolderPath } from '../../app/state-folder.js';
import { codeOf } from '../../base/error.js';
import { type Finding, fault, fine, warning } from './finding.js';

export async function checkFolders(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const [runtime] = (environment['RUNTIME_DIRECTORY'] ?? '').split(':');
  return [await checkRuntime(runtime || tmpdir()), await checkState(stateFolderPath(environment))];
}

async function checkRuntime(folder: string): Promise<Finding> {
  if (await mayWriteIn(folder)) return fine('folders', `${folder} may be written`);
  const message = `${folder} may not be written by this user, and slates have to be`;
  return fault('folders', 'no-permission', message, 'TMPDIR=… names another folder');
}

/** It is made when something has to be kept, so the nearest folder that exists decides. */
async function checkState(folder: string): Promise<Finding> {
  let nearest = folder;
  while (!(await exists(nearest)) && path.dirname(nearest) !== nearest) nearest = path.dirname(nearest);
  if (await mayWriteIn(nearest)) return fine('folders', `what changes at run time is kept in ${folder}`);
  return warning(
    'folders',
    `${folder} may not be written by this user: no change at run time can be kept`,
    'STATE_DIRECTORY=… names another folder',
  );
}

async function mayWriteIn(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function exists(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );
}
