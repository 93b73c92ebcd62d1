/** The one registry of error codes; a code that is retired is not used again. */
export const errorCodes = [
  // How the program was called or configured.
  'usage',
  'bad-profile',
  'bad-image', // a slate's, that cannot be shown
  'bad-source', // a source that can never work, such as a broken video file
  // What the machine lacks.
  'missing-element', // GStreamer has no such element
  'missing-native', // the addon or the worker is not built, or cannot be loaded
  'no-space',
  'no-permission',
  'address-in-use',
  'owned', // another running appliance has these rings
  // What a client of the API or of a pad asked for.
  'bad-request',
  'unsupported-type', // of a body
  'too-large', // of a body
  'unauthorized', // no user and password, or wrong ones
  'forbidden', // not from there
  'not-found',
  'conflict', // it is there already, or something else stands against it
  'method-not-allowed',
  'not-acceptable',
  'misdirected', // a host name that is not this machine's
  'upgrade-required', // it is a WebSocket
  'headers-too-large',
  'too-many',
  'full', // as many viewers as may be
  'unavailable', // it exists, but has nothing to give now
  // What happens between the parts.
  'refused', // a camera core answered with an error; details.coreCode says which
  'timeout',
  'closed', // used after its end
  'lagged', // a reader was too slow for what is kept
  'bad-message',
  'ring-unusable',
  'failed', // an operating system or GStreamer call; the cause says more
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface TeecamErrorOptions {
  cause?: unknown;
  /** Facts that a program may want; never credentials. */
  details?: Readonly<Record<string, unknown>>;
  /** Whether the message may be shown to a client of the API. */
  expose?: boolean;
}

/** The only class of error that Teecam throws on purpose. */
export class TeecamError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly expose: boolean;

  constructor(code: ErrorCode, message: string, options: TeecamErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TeecamError';
    this.code = code;
    this.details = options.details ?? {};
    this.expose = options.expose ?? false;
  }
}

/** The sentence of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of anything thrown: ours, Node's (`EADDRINUSE`), or the native port's. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
