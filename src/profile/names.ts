/** First segments of addresses that are taken: no camera or stream may have one of these names. */
export const reservedNames: ReadonlySet<string> = new Set([
  'api',
  'assets',
  'events',
  'favicon',
  'healthz',
  'index',
  'login',
  'logout',
  'manifest',
  'metrics',
  'playlist',
  'readyz',
  'robots',
  'snapshot',
  'stream',
  'webcam',
  'whep',
  'ws',
]);

export const namePattern = /^[a-z][a-z0-9-]{0,31}$/;
