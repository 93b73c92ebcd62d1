import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { turnAwayWhenFull } from '../base/open-files.js';

/** Headers must be here by then; a body is never longer than that. Streams are answers, and may take for ever. */
const requestTimeoutMs = 30_000;

export interface ListenOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** The key of the profile that has it, for the message. */
  key: string;
  /** Gives the server its listeners before it listens. */
  protect: (server: Server) => void;
  /** What goes wrong later, such as too many open files: the socket goes on. */
  onError: (error: unknown) => void;
}

/** A listening HTTP socket. */
export class Listener {
  readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  /** Rejects with `address-in-use`, `no-permission` or `failed`. */
  static async open({ host, port, key, protect, onError }: ListenOptions): Promise<Listener> {
    // Without a Host header the guard answers, in our form of an error.
    const options = { requestTimeout: requestTimeoutMs, noDelay: true, requireHostHeader: false };
    const server = createServer(options);
    turnAwayWhenFull(server, onError);
    protect(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(explainListen(error, hostAndPort(host, port), key)));
      server.listen({ host, port }, resolve);
    });
    server.removeAllListeners('error').on('error', onError);
    return new Listener(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

/** What a failed bind means, in one sentence. */
export function explainListen(error: unknown, address: string, key: string): TeecamError {
  const code = codeOf(error);
  if (code === 'EADDRINUSE' || code === 'address-in-use') {
    return new TeecamError(
      'address-in-use',
      `${address} is in use: end what listens there, or change ${key}`,
      {
        cause: error,
      },
    );
  }
  if (code === 'EACCES' || code === 'no-permission') {
    return new TeecamError(
      'no-permission',
      `${address} needs more rights: use a port above 1023 for ${key}`,
      {
        cause: error,
      },
    );
  }
  return new TeecamError('failed', `cannot listen on ${address} (${key}): ${messageOf(error)}`, {
    cause: error,
  });
}

/** As people write the two together. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A wildcard is no address to open: on this machine it is reached by loopback. `::` is of both kinds. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
