/** Server-sent events: for programs that have no WebSocket. */
import type { RouterContext } from '@koa/router';
import type { EventFeed } from './events.js';

/** A client that lets so many bytes pile up is let go; it may come back and gets the whole state. */
const MAX_BUFFERED = 1_000_000;

export function serveSse(ctx: RouterContext, feed: EventFeed): void {
  const { req, res } = ctx;
  ctx.respond = false;
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  const stop = feed.listen((event) => {
    if (res.writableLength > MAX_BUFFERED) res.destroy();
    else res.write(`event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  res.once('close', stop);
  res.on('error', () => res.destroy());
}
