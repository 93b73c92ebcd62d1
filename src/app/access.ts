import { hostname } from 'node:os';
import { Door } from '../access/door.js';
import { HostNames } from '../access/host-names.js';
import { plainAddress } from '../access/network.js';
import type { PasswordHashes } from '../access/password.js';
import { Users } from '../access/users.js';
import { Guard } from '../api/guard.js';
import type { AccessCounts, Refusals } from '../api/ports.js';
import type { Log } from '../base/log.js';
import type { Profile } from '../profile/profile.js';
import { LanUser } from './lan-user.js';
import type { StateFolder } from './state-folder.js';

export interface AccessOptions {
  profile: Pick<Profile, 'auth' | 'http'>;
  /** It was started with `--lan`. */
  lan: boolean;
  state: StateFolder;
  log: Log;
}

/** Who may come in, over HTTP and RTSP. Settled at the start, until the end. */
export class Access implements AccessCounts {
  readonly guard: Guard;
  /** The user that `--lan` has made; null: there is none. */
  readonly lanUser: LanUser | null;
  readonly refusals: { http: Refusals; rtsp: Refusals };
  readonly #log: Log;
  readonly #users: Readonly<Record<string, PasswordHashes>> | null;

  private constructor(options: AccessOptions, lanUser: LanUser | null) {
    const { profile, log } = options;
    const { auth } = profile;
    this.lanUser = lanUser;
    this.#users = lanUser
      ? { [lanUser.name]: lanUser.hashes }
      : auth === null || auth === 'none'
        ? null
        : auth.users;
    this.#log = log;
    const door = this.#users && new Door(new Users(this.#users, log), log);
    this.refusals = { http: door?.refusals ?? { password: 0, limit: 0 }, rtsp: { password: 0, limit: 0 } };
    const hosts = new HostNames(hostname(), profile.http.hosts);
    this.guard = new Guard({ door, hosts, log });
  }

  /** Rejects as the state folder does. */
  static async open(options: AccessOptions): Promise<Access> {
    const needsUser = options.lan && options.profile.auth === null;
    return new Access(options, needsUser ? await LanUser.open(options.state) : null);
  }

  /** Whether a user and a password are asked for. */
  get asks(): boolean {
    return this.#users !== null;
  }

  /** HA1 of each user; null: nobody is asked. */
  get rtspUsers(): Record<string, string> | null {
    return (
      this.#users && Object.fromEntries(Object.entries(this.#users).map(([name, { rtsp }]) => [name, rtsp]))
    );
  }

  /** What the RTSP server, which judges by itself, has told. */
  rtspRefused(from: string, reason: keyof Refusals): void {
    const address = plainAddress(from);
    this.refusals.rtsp[reason] += 1;
    // Whoever is shut out may come again and again; a password costs him an attempt.
    if (reason === 'limit') this.#log.debug({ address }, 'too many wrong passwords over RTSP');
    else this.#log.warn({ address }, 'wrong user or password over RTSP');
  }
}
