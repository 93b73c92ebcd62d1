import { SourceFault } from './source-fault.js';

/** An address of the network. User and password stand beside it: it is told to people, they never are. */
export interface Address {
  address: string;
  /** SHA-256 of the certificate that its server must have, in small hexadecimal digits; null: one that this machine trusts. */
  certificate: string | null;
  /** Null: none. */
  user: string | null;
  password: string | null;
}

const parts = /^([a-z]+:\/\/)([^/?#]*)([^#]*)(?:#(.*))?$/;

/** `example`: what it should look like. Throws SourceFault. */
export function parseAddress(text: string, example: string): Address {
  const [, scheme = '', authority = '', rest = '', option] = parts.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const address = scheme + host + rest;
  if (host === '' || /\s/.test(text) || !URL.canParse(address))
    throw new SourceFault(
      `an address such as ${example}; in a user or a password, write / as %2F, ? as %3F, # as %23`,
      JSON.stringify(text),
    );
  const certificate = option === undefined ? null : parseFingerprint(option, scheme);
  if (at < 0) return { address, certificate, user: null, password: null };
  const [user = '', ...password] = authority.slice(0, at).split(':');
  if (user === '***')
    throw new SourceFault(
      'the address with its user and password',
      'the *** that stands where they are hidden',
    );
  return { address, certificate, user: decoded(user), password: decoded(password.join(':')) };
}

/** As openssl writes it, with colons, or without. */
function parseFingerprint(option: string, scheme: string): string {
  const digits = /^sha256=([0-9a-f:]+)$/i.exec(option)?.[1]?.replaceAll(':', '').toLowerCase();
  if (digits?.length !== 64)
    throw new SourceFault(
      '#sha256= and 64 hexadecimal digits behind the address',
      JSON.stringify(`#${option}`),
    );
  if (scheme !== 'rtsps://' && scheme !== 'https://')
    throw new SourceFault('rtsps:// or https:// with #sha256=', scheme);
  return digits;
}

/** A password with a % of its own is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
