import { timingSafeEqual } from 'node:crypto';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { type Credentials, parseBasic } from './credentials.js';
import { attemptsKey, plainAddress } from './network.js';
import type { Users } from './users.js';

/** Wrong passwords that an address may try in that time; a password of eight letters outlasts them by centuries. */
export const attempts = { most: 10, withinS: 60 };

export interface Visitor {
  address: string | undefined;
  /** The header. */
  authorization: string | undefined;
  /** What stays the same while its connection does. */
  connection: object;
}

export interface Refusals {
  /** Wrong name or password. */
  password: number;
  /** Too many attempts from this address. */
  limit: number;
}

/**
 * Lets in who has the password. Attempts are limited by address. A wrong
 * password that comes again counts once: a recorder with an old password must
 * not shut out its neighbours. A connection that is in stays in, whatever
 * others try from its address.
 */
export class Door {
  readonly refusals: Refusals = { password: 0, limit: 0 };
  readonly #users: Users;
  readonly #log: Log;
  readonly #attempts = new RateLimiterMemory({ points: attempts.most, duration: attempts.withinS });
  readonly #inside = new WeakMap<object, Buffer>();
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(users: Users, log: Log) {
    this.#users = users;
    this.#log = log;
  }

  /** Rejects with `unauthorized` or `too-many`. */
  async enter({ address = '', authorization, connection }: Visitor): Promise<void> {
    const credentials = parseBasic(authorization);
    if (!credentials) throw unauthorized('this needs a user and a password (HTTP basic)');
    const print = this.#users.print(credentials);
    const inside = this.#inside.get(connection);
    if (inside && timingSafeEqual(inside, print)) return;
    const right = await this.#judged(credentials, print.toString('hex'), address).catch((error: unknown) => {
      this.refusals.limit += 1;
      throw error;
    });
    if (!right) {
      this.refusals.password += 1;
      throw unauthorized('the user or the password is wrong');
    }
    this.#inside.set(connection, print);
  }

  /** The same from the same address at the same time is one attempt: a page asks for many things at once. */
  #judged(credentials: Credentials, print: string, address: string): Promise<boolean> {
    const id = `${address} ${print}`;
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const result = this.#judge(credentials, address).finally(() => this.#running.delete(id));
    this.#running.set(id, result);
    return result;
  }

  /** While an address is shut out it does not learn either which password is right. */
  async #judge(credentials: Credentials, address: string): Promise<boolean> {
    const key = attemptsKey(address);
    const before = await this.#attempts.get(key);
    if (before && before.consumedPoints >= attempts.most) throw tooMany(before);
    const known = this.#users.remembered(credentials);
    if (known !== null) return known;
    // Counted before it is known to be wrong: else many at once would all be tried.
    const used = await this.#attempts.consume(key).catch((error: unknown) => {
      throw error instanceof Error ? error : tooMany(error as RateLimiterRes);
    });
    let right = true;
    try {
      right = await this.#users.areRight(credentials);
    } finally {
      if (right) await this.#attempts.reward(key);
    }
    if (!right) this.#tellOf(address, used);
    return right;
  }

  #tellOf(from: string, used: RateLimiterRes): void {
    const address = plainAddress(from);
    this.#log.warn({ address }, 'wrong user or password over HTTP');
    if (used.remainingPoints > 0) return;
    const facts = { address, seconds: secondsLeft(used) };
    this.#log.warn(facts, 'too many wrong passwords over HTTP: this address is refused for a while');
  }
}

function tooMany(used: RateLimiterRes): TeecamError {
  return new TeecamError('too-many', 'too many wrong passwords from this address', {
    expose: true,
    details: { retryAfterS: secondsLeft(used) },
  });
}

function secondsLeft({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000));
}

function unauthorized(sentence: string): TeecamError {
  return new TeecamError('unauthorized', sentence, { expose: true });
}
