import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import { pathParameter } from '../operation.js';
import type { Page } from '../page.js';
import { notFound } from '../problem.js';

export function addPage(router: Router, page: Page): void {
  router.get('/', (ctx) => send(ctx, page, 'index.html'));
  router.get('/assets/:name', (ctx) => send(ctx, page, pathParameter(ctx, 'name')));
  router.get('/favicon.ico', (ctx) => send(ctx, page, 'icon.svg'));
}

function send(ctx: RouterContext, page: Page, name: string): void {
  const asset = page.get(name);
  if (!asset) throw notFound(`the page has no file "${name}"`);
  // Asked again each time, answered with 304: an update of the appliance shows at once.
  ctx.set('Cache-Control', 'no-cache');
  ctx.status = 200;
  ctx.set('ETag', asset.etag);
  ctx.type = asset.type;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = asset.body;
}
