/** The JSON object that comes with a request. */
import type { RouterContext } from '@koa/router';
import getRawBody from 'raw-body';
import { messageOf, TeecamError } from '../base/error.js';

/** A camera with fifty streams has some ten kilobytes. */
const limitBytes = 64 * 1024;

/** The profile has six levels. Unlimited, a small body could be so deep that working through it overflows the stack. */
const deepest = 32;

/** Throws `unsupported-type`, `too-large` and `bad-request`. */
export async function readObject(
  ctx: RouterContext,
  contentTypes: readonly string[],
): Promise<Record<string, unknown>> {
  if (!ctx.request.is([...contentTypes])) {
    const sent = ctx.get('content-type') || 'none';
    throw refused('unsupported-type', `the body must be ${contentTypes.join(' or ')}, not ${sent}`);
  }
  const text = await readText(ctx);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused('bad-request', `the body is no JSON: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused('bad-request', 'the body must be a JSON object');
  if (isDeeper(value, deepest))
    throw refused('bad-request', `the body is nested more than ${deepest} levels deep`);
  return value as Record<string, unknown>;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}

async function readText(ctx: RouterContext): Promise<string> {
  const length = ctx.get('content-length');
  try {
    return await getRawBody(ctx.req, {
      limit: limitBytes,
      encoding: 'utf-8',
      ...(length !== '' && { length }),
    });
  } catch (error) {
    const type = error instanceof Error && 'type' in error ? error.type : null;
    if (type === 'entity.too.large')
      throw refused('too-large', `the body has more than ${limitBytes / 1024} KiB`);
    throw refused('bad-request', 'the body cannot be read to its end');
  }
}

function refused(code: 'unsupported-type' | 'too-large' | 'bad-request', detail: string): TeecamError {
  return new TeecamError(code, detail, { expose: true });
}
