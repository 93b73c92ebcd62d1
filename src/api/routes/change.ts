/** What all addresses that change the profile have in common. */
import { z } from 'zod';
import type { OperationResponse } from '../operation.js';
import { problemView } from '../problem.js';

export const changeQuery = z.object({
  /** Answers what would be done, and does nothing. */
  dryRun: z.enum(['0', '1']).optional(),
});

const problem = (description: string): OperationResponse => ({ description, schema: problemView });

export const changeProblems: Readonly<Record<number, OperationResponse>> = {
  400: problem('The query or the body is wrong'),
  404: problem('No such camera or stream'),
  409: problem('The name is taken, or a port is in use'),
  413: problem('The body is too large'),
  415: problem('The body has another type than this takes'),
  422: problem('The profile would be wrong; `errors` names every fault. Or a file cannot be played'),
  503: problem('The appliance is closing'),
  507: problem('No room in /dev/shm, or on the disk for what has to be kept'),
};
