import { SourceFault } from './source-fault.js';

/** An address of the network. User and password stand beside it: it is told to people, they never are. */
export interface Address {
  address: string;
  /** Null: none. */
  user: string | null;
  password: string | null;
}

const parts = /^([a-z]+:\/\/)([^/?#]*)(.*)$/;

/** `example`: what it should look like. Throws SourceFault. */
export function parseAddress(text: string, example: string): Address {
  const [, scheme = '', authority = '', rest = ''] = parts.exec(text) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const address = scheme + host + rest;
  if (host === '' || /\s/.test(text) || !URL.canParse(address))
    throw new SourceFault(
      `an address such as ${example}; in a user or a password, write / as %2F, ? as %3F, # as %23`,
      JSON.stringify(text),
    );
  if (at < 0) return { address, user: null, password: null };
  const [user = '', ...password] = authority.slice(0, at).split(':');
  if (user === '***')
    throw new SourceFault(
      'the address with its user and password',
      'the *** that stands where they are hidden',
    );
  return { address, user: decoded(user), password: decoded(password.join(':')) };
}

/** A password with a % of its own is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
