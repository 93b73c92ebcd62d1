// Greedy up to the last @ before the path: a password may hold an unescaped @.
// The escaped pair lets it find credentials inside JSON text too.
const userinfo = /([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/"\\]|\\.)+@/gi;
// A password may hold an unescaped / too; a port before a path is none.
const userinfoWithSlash = /([a-z][a-z0-9+.-]*:\/\/)[^\s/"\\@:]*:(?!\d{1,5}\/)(?:[^\s"\\]|\\.)*@/gi;
// An address whose scheme was forgotten.
const bareUserinfo = /(^|[\s"'=([,/])[\w.%+-]+:[^\s/"\\]+@(?=[\w[])/g;
// Some cameras have them in the path: rtsp://cam/user=a_password=b_channel=1.
const secretParameter =
  /([?&;/_](?:password|passwd|pwd|psw|pass|loginpas|token|secret|api_?key|auth)=)[^&;\s"#\\]+/gi;
// As gst-launch has them: user-pw=secret, user-pw="my secret".
const secretProperty = /(-pw\s*=\s*)(?:(\\?")[^"]*"|[^\s"]+)/gi;

/** Takes credentials out of every address in a text. */
export function redact(text: string): string {
  return text
    .replace(userinfo, '$1***@')
    .replace(userinfoWithSlash, '$1***@')
    .replace(bareUserinfo, '$1***@')
    .replace(secretParameter, '$1***')
    .replace(secretProperty, '$1***');
}
