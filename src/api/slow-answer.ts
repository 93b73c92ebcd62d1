import type { Context, Next } from 'koa';

/**
 * Gives up an answer of which the client takes nothing for so long: a picture
 * may be megabytes, and so many clients may ask for one. Streams, which are
 * sessions, see to that by themselves.
 */
export function giveUpSlowAnswers(blockedMs: () => number) {
  return async (ctx: Context, next: Next): Promise<void> => {
    await next();
    if (ctx.respond !== false) ctx.res.setTimeout(blockedMs(), () => ctx.res.destroy());
  };
}
