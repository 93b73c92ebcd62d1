// Greedy up to the last @ before the path: a password may hold an unescaped @.
// The escaped pair lets it find credentials inside JSON text too.
const userinfo = /([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/"\\]|\\.)+@/gi;
const secretParameter = /([?&;](?:password|passwd|pwd|token|secret|api_?key|auth)=)[^&;\s"#\\]+/gi;

/** Takes credentials out of every address in a text. */
export function redact(text: string): string {
  return text.replace(userinfo, '$1***@').replace(secretParameter, '$1***');
}
