/** Addresses of mjpg-streamer (`?action=`) and ustreamer (`/stream`, `/snapshot`). */
import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Next } from 'koa';
import { badRequest, notFound } from '../problem.js';
import type { MediaRoutes } from './media.js';

export function addAliases(router: Router, media: MediaRoutes): void {
  const action = (ctx: RouterContext) => {
    const { action: wanted } = ctx.query;
    if (wanted === 'stream' || wanted === 'snapshot') return media.first(ctx, wanted);
    throw badRequest('unknown action', [{ field: 'action', message: 'one of: stream, snapshot' }]);
  };
  router.get('/stream', (ctx) => media.first(ctx, 'stream'));
  router.get('/snapshot', (ctx) => media.first(ctx, 'snapshot'));
  router.get('/webcam', (ctx) => {
    if (ctx.query['action'] === undefined)
      throw notFound('this address needs ?action=stream or ?action=snapshot');
    return action(ctx);
  });
  // Without an action, `/` is the page's.
  router.get('/', (ctx: RouterContext, next: Next) =>
    ctx.query['action'] === undefined ? next() : action(ctx),
  );
}
