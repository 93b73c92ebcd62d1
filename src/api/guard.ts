import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Door } from '../access/door.js';
import type { HostNames } from '../access/host-names.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { problemHeaders, problemOf } from './problem.js';
import { answerRaw, parserProblem } from './raw-answer.js';
import { sameOrigin } from './same-origin.js';

export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface GuardOptions {
  /** Null: nobody is asked for a password. */
  door: Door | null;
  hosts: HostNames;
  log: Log;
}

/** Asked by service managers, which know no password. It tells that the process lives, and nothing else. */
const openPath = '/healthz';
const readingMethods: readonly (string | undefined)[] = ['GET', 'HEAD', 'OPTIONS'];
const bodyTypes = /^application\/(merge-patch\+)?json\s*(;|$)/i;

/** Stands before everything that is served over HTTP: nothing behind it is reached by who may not come in. */
export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Gives the server its listeners. Without `upgrade`, an upgrade is answered as the plain request that it also is. */
  protect(server: Server, request: RequestListener, upgrade?: UpgradeListener): void {
    server.on('request', (incoming, response) => void this.#pass(incoming, response, request));
    if (upgrade)
      server.on('upgrade', (incoming, socket, head) => void this.#upgrade(incoming, socket, head, upgrade));
    server.on('clientError', (error, socket) => {
      const problem = parserProblem(error);
      if (problem && socket.writable) answerRaw(socket, problem);
      else socket.destroy();
    });
  }

  async #pass(request: IncomingMessage, response: ServerResponse, next: RequestListener): Promise<void> {
    try {
      await this.#check(request);
    } catch (error) {
      this.#tell(error);
      refuse(request, response, error);
      return;
    }
    // Gone while its password was compared: whoever takes a response waits for its end, which has been already.
    if (request.socket.destroyed) return;
    next(request, response);
  }

  async #upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    next: UpgradeListener,
  ): Promise<void> {
    const onError = () => socket.destroy();
    socket.on('error', onError);
    try {
      await this.#check(request);
      if (!sameOrigin(request.headers)) throw foreign();
    } catch (error) {
      this.#tell(error);
      answerRaw(socket, error);
      return;
    }
    if (socket.destroyed) return;
    next(request, socket, head);
    socket.off('error', onError);
  }

  #tell(error: unknown): void {
    if (problemOf(error).status === 500)
      this.#options.log.error({ err: error }, 'a request could not be judged');
  }

  async #check({ headers, httpVersion, method, socket, url }: IncomingMessage): Promise<void> {
    const { authorization, host } = headers;
    if (host === undefined && httpVersion === '1.1')
      throw new TeecamError('bad-request', 'HTTP/1.1 needs a Host header', { expose: true });
    const [path] = (url ?? '').split('?');
    if (path === openPath && readingMethods.includes(method)) return;
    const { door, hosts } = this.#options;
    if (door) await door.enter({ address: socket.remoteAddress, authorization, connection: socket });
    else if (!hosts.has(host)) throw misdirected(host ?? '');
    if (!readingMethods.includes(method)) checkChange(headers);
  }
}

/** What a page from elsewhere could have a browser send without asking us first must not change anything. */
function checkChange(headers: IncomingMessage['headers']): void {
  if (!sameOrigin(headers)) throw foreign();
  const type = headers['content-type'];
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (type === undefined ? hasBody : !bodyTypes.test(type)) {
    const sentence = `the body must be application/json or application/merge-patch+json, not ${type || 'none'}`;
    throw new TeecamError('unsupported-type', sentence, { expose: true });
  }
}

function foreign(): TeecamError {
  return new TeecamError('forbidden', 'pages from elsewhere may not do this', { expose: true });
}

function misdirected(host: string): TeecamError {
  const sentence = `${JSON.stringify(host.slice(0, 260))} is not known as a name of this machine: use its address, or add the name to http.hosts in the profile`;
  return new TeecamError('misdirected', sentence, { expose: true });
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  response.on('error', () => response.destroy());
  // A body that nobody is going to read must not be sent either.
  const close =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  response.writeHead(problem.status, {
    ...problemHeaders(error),
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    ...(close && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
