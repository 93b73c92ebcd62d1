import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request comes from our own page, or from no page at all. A browser
 * names the page that a script or a form is on; programs say nothing and are
 * welcome. Where the browser itself has compared the two its word counts, since
 * a proxy may have put another name into `Host`.
 */
export function sameOrigin(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
