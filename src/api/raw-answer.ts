/** Problems on a socket that no response belongs to: an upgrade that is refused, a request that is none. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { codeOf, TeecamError } from '../base/error.js';
import { problemHeaders, problemOf } from './problem.js';

/** Answers and ends the connection. */
export function answerRaw(socket: Duplex, error: unknown): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const headers = {
    ...problemHeaders(error),
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`);
}

/** What Node's parser has to say of bytes that are no request. Null: nobody is there to hear it. */
export function parserProblem(error: unknown): TeecamError | null {
  const exposed = { expose: true };
  switch (codeOf(error)) {
    case 'ECONNRESET':
    case 'EPIPE':
      return null;
    case 'HPE_HEADER_OVERFLOW':
      return new TeecamError('headers-too-large', 'the headers take more than 16 KiB', exposed);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new TeecamError('timeout', 'the request was not whole in time', exposed);
    default:
      return new TeecamError('bad-request', 'this is no HTTP request', exposed);
  }
}
