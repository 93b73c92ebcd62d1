/** Who watches, and who watched; and the end of one of them. */
import { z } from 'zod';
import { type Operation, pathParameter, readQuery } from '../operation.js';
import type { SessionDirectory } from '../ports.js';
import { notFound, problemView } from '../problem.js';
import { sessionKinds, sessionsView, sessionView } from '../session-views.js';

const defaultEnded = 20;

const sessionsQuery = z.object({
  camera: z.string().optional(),
  stream: z.string().optional(),
  kind: z.enum(sessionKinds).optional(),
  /** How many of those that ended. */
  ended: z.coerce.number().int().min(0).max(200).default(defaultEnded),
});

const missing = { description: 'There is no such session', schema: problemView };

export function sessionOperations(directory: SessionDirectory): Operation[] {
  const find = (id: string) => {
    const session = directory.session(id);
    if (!session) throw notFound(`there is no session "${id}", or it ended long ago`);
    return session;
  };
  return [
    {
      path: '/api/v1/sessions',
      tag: 'sessions',
      summary: 'Who watches, and who watched lately',
      query: sessionsQuery,
      responses: {
        200: { description: 'The newest first', schema: sessionsView },
        400: { description: 'The query is wrong', schema: problemView },
      },
      handle(ctx) {
        ctx.body = directory.sessions(readQuery(ctx, sessionsQuery));
      },
    },
    {
      path: '/api/v1/sessions/{session}',
      tag: 'sessions',
      summary: 'One of them',
      responses: { 200: { description: 'As it is now', schema: sessionView }, 404: missing },
      handle(ctx) {
        ctx.body = find(pathParameter(ctx, 'session'));
      },
    },
    {
      method: 'delete',
      path: '/api/v1/sessions/{session}',
      tag: 'sessions',
      summary: 'Ends it',
      responses: {
        200: { description: 'It ends, or had ended before: `reason` says why', schema: sessionView },
        404: missing,
      },
      handle(ctx) {
        const id = pathParameter(ctx, 'session');
        find(id);
        directory.dismiss(id);
        ctx.body = find(id);
      },
    },
  ];
}
