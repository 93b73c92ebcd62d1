/** The head of an answer that goes on until somebody ends it. */
import type { ServerResponse } from 'node:http';

const headers = {
  'Cache-Control': 'no-store, no-cache, must-revalidate, max-age=0',
  Pragma: 'no-cache',
  Expires: '0',
  // A proxy that collects before it passes on would turn live into late.
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

/** Sets the head without sending it. */
export function setLiveHead(response: ServerResponse, contentType: string): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', contentType);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

/** Takes it back, for an answer of another kind. */
export function unsetLiveHead(response: ServerResponse): void {
  for (const name of ['Content-Type', ...Object.keys(headers)]) response.removeHeader(name);
}
