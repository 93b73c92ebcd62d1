import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { Credentials } from './credentials.js';
import { isPassword, normalized, type PasswordHashes, rtspHash } from './password.js';

/** Beyond this, whoever asks is told to come back: a hash is some 30 ms of a core, on a small machine 150. */
const longestQueue = 16;
/** Wrong passwords to remember, the newest ones. */
const mostWrong = 1000;

/**
 * Compares passwords, one at a time: argon2 takes 19 MiB and a thread for each.
 * What came out is remembered by a keyed hash, so each password is computed
 * once. A name that nobody has costs as much as one that somebody has.
 */
export class Users {
  readonly #users: ReadonlyMap<string, PasswordHashes>;
  readonly #decoy: PasswordHashes | undefined;
  readonly #log: Log;
  readonly #key = randomBytes(32);
  readonly #right = new Map<string, Buffer>();
  /** In the order of their coming. */
  readonly #wrong = new Set<string>();
  readonly #running = new Map<string, Promise<boolean>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(users: Readonly<Record<string, PasswordHashes>>, log: Log) {
    this.#users = new Map(Object.entries(users));
    [this.#decoy] = this.#users.values();
    this.#log = log;
  }

  /** Tells these credentials from others; no password can be had from it. */
  print({ user, password }: Credentials): Buffer {
    return createHmac('sha256', this.#key)
      .update(`${user.length}:${user}${normalized(password)}`)
      .digest();
  }

  /** What is known already; null: it has to be computed. */
  remembered(credentials: Credentials): boolean | null {
    const print = this.print(credentials);
    const right = this.#right.get(credentials.user);
    if (right && timingSafeEqual(right, print)) return true;
    return this.#wrong.has(print.toString('hex')) ? false : null;
  }

  /** Rejects with `too-many` where too many others wait. */
  async areRight(credentials: Credentials): Promise<boolean> {
    const print = this.print(credentials).toString('hex');
    const running = this.#running.get(print);
    if (running !== undefined) return running;
    if (this.#running.size >= longestQueue)
      throw new TeecamError('too-many', 'too many are logging in at this moment', {
        expose: true,
        details: { retryAfterS: 2 },
      });
    const result = this.#last.then(() => this.#compute(credentials));
    this.#last = result;
    this.#running.set(print, result);
    return result.finally(() => this.#running.delete(print));
  }

  async #compute(credentials: Credentials): Promise<boolean> {
    const { user, password } = credentials;
    const kept = this.#users.get(user);
    const hashes = kept ?? this.#decoy;
    const same = hashes !== undefined && (await isPassword(password, hashes));
    if (!kept || !same) {
      this.#rememberWrong(this.print(credentials).toString('hex'));
      return false;
    }
    this.#right.set(user, this.print(credentials));
    if (rtspHash(user, password) !== kept.rtsp) {
      const why = 'the hash for RTSP is of another password or name than the one for HTTP';
      this.#log.warn({ user }, `${why}: make both anew with "teecam password ${user}"`);
    }
    return true;
  }

  #rememberWrong(print: string): void {
    this.#wrong.add(print);
    const [oldest] = this.#wrong;
    if (this.#wrong.size > mostWrong && oldest !== undefined) this.#wrong.delete(oldest);
  }
}
