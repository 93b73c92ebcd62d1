export interface Credentials {
  user: string;
  password: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Of an `Authorization` header of the scheme Basic (RFC 7617); null: it is none. */
export function parseBasic(header: string | undefined): Credentials | null {
  const [, token] = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '') ?? [];
  if (token === undefined) return null;
  const text = decoded(Buffer.from(token, 'base64'));
  const colon = text.indexOf(':');
  if (colon < 1) return null;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** We ask for UTF-8; clients that know no other way send Latin-1. */
function decoded(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return bytes.toString('latin1'); // no UTF-8: that is the answer
  }
}
