/** The one door through which every error leaves: `application/problem+json` (RFC 9457). */
import type { Context, Next } from 'koa';
import { z } from 'zod';
import { type ErrorCode, TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';

export const problemView = z.strictObject({
  /** `urn:teecam:problem:CODE`; docs/api.md lists the codes. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** What is wrong with which field of the request. */
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
});
export type ProblemView = z.infer<typeof problemView>;

interface Kind {
  status: number;
  title: string;
}

const internal: Kind = { status: 500, title: 'Something went wrong inside' };

/** Codes that a client may meet; every other one is `internal` to it. */
export const problemKinds: Partial<Record<ErrorCode, Kind>> = {
  'bad-request': { status: 400, title: 'The request is wrong' },
  unauthorized: { status: 401, title: 'A user and a password are needed' },
  forbidden: { status: 403, title: 'Not from there' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'method-not-allowed': { status: 405, title: 'This address does not do that' },
  conflict: { status: 409, title: 'Something stands against it' },
  'address-in-use': { status: 409, title: 'The address is in use' },
  owned: { status: 409, title: 'Another Teecam has it' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-type': { status: 415, title: 'The body has another type than this takes' },
  'bad-profile': { status: 422, title: 'The profile would be wrong' },
  'bad-image': { status: 422, title: 'The image cannot be shown' },
  'bad-source': { status: 422, title: 'The source cannot be played' },
  'missing-element': { status: 422, title: 'GStreamer lacks what this needs' },
  refused: { status: 422, title: 'GStreamer or the system refuses it' },
  'no-permission': { status: 422, title: 'The appliance may not do this' },
  'not-acceptable': { status: 406, title: 'Not available in this form' },
  timeout: { status: 408, title: 'The request took too long' },
  misdirected: { status: 421, title: 'Not a name of this machine' },
  'upgrade-required': { status: 426, title: 'This address is a WebSocket' },
  'too-many': { status: 429, title: 'Too many at once' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  'no-space': { status: 507, title: 'There is no room for it' },
  full: { status: 503, title: 'As many viewers as may be' },
  unavailable: { status: 503, title: 'Nothing to give now' },
  internal,
};

const fieldErrors = problemView.shape.errors;

export function problemOf(error: unknown): ProblemView {
  const kind = error instanceof TeecamError ? problemKinds[error.code] : undefined;
  if (!(error instanceof TeecamError) || !kind || !error.expose) {
    return {
      type: 'urn:teecam:problem:internal',
      title: internal.title,
      status: internal.status,
      detail: 'The log of the appliance says more.',
    };
  }
  const errors = fieldErrors.safeParse(error.details['errors']).data;
  return {
    type: `urn:teecam:problem:${error.code}`,
    title: kind.title,
    status: kind.status,
    detail: error.message,
    ...(errors && { errors }),
  };
}

/** What is said beside the problem itself. */
export function problemHeaders(error: unknown): Record<string, string> {
  const headers: Record<string, string> = {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
  };
  if (!(error instanceof TeecamError)) return headers;
  const { retryAfterS } = error.details;
  if (typeof retryAfterS === 'number') headers['Retry-After'] = String(retryAfterS);
  if (error.code === 'upgrade-required') headers['Upgrade'] = 'websocket';
  if (error.code === 'unauthorized') headers['WWW-Authenticate'] = 'Basic realm="teecam", charset="UTF-8"';
  return headers;
}

export function notFound(detail: string): TeecamError {
  return new TeecamError('not-found', detail, { expose: true });
}

export function badRequest(detail: string, errors: { field: string; message: string }[]): TeecamError {
  return new TeecamError('bad-request', detail, { expose: true, details: { errors } });
}

/** The outermost middleware. Also turns Koa's and the router's own 404, 405 and 501 into problems. */
export function problemDoor(log: Log) {
  return async (ctx: Context, next: Next): Promise<void> => {
    try {
      await next();
      if (ctx.respond === false || ctx.body != null || ctx.status < 400) return;
      if (ctx.status === 405 || ctx.status === 501) {
        throw new TeecamError('method-not-allowed', `${ctx.method} is not possible at ${ctx.path}`, {
          expose: true,
        });
      }
      throw notFound(`there is nothing at ${ctx.path}`);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status === 500) log.error({ err: error, path: ctx.path }, 'a request failed');
      if (ctx.res.headersSent) {
        ctx.res.destroy();
        return;
      }
      ctx.status = problem.status;
      ctx.body = JSON.stringify(problem);
      ctx.set(problemHeaders(error));
    }
  };
}
