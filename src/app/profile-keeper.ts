import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { messageOf, TeecamError } from '../base/error.js';
import { redact } from '../base/redact.js';
import { type LoadedProfile, loadProfile, profileFromValue } from '../profile/load.js';
import { applyPatch, isGroup, type JsonGroup, patchBetween } from '../profile/merge-patch.js';
import { readProfileText } from './profile-file.js';
import type { PreparedState, StateFolder, StateKind } from './state-folder.js';

export interface ProfileKeeperOptions {
  /** Each `path=value`, laid over a profile that is given by its path. */
  set: readonly string[];
  /** Under which the changes to a profile given as a value are kept; null: not at all. */
  name: string | null;
  state: StateFolder;
  /** Replaces the hosts of the profile, see `LoadOptions`. */
  host?: string | undefined;
}

/** What the administrator gave: a file's text, or a program's value. */
type Base = { file: string; text: string } | { value: unknown };

/** A profile with all that is laid over it, whether it runs or is only wanted. */
export interface KeptProfile {
  base: Base;
  /** What the API changed: a merge patch against the base, in its simplest form. */
  changes: JsonGroup;
  loaded: LoadedProfile;
}

const stateContent = z.strictObject({
  /** Which profile it belongs to, for people who look at the file. */
  profile: z.string(),
  changes: z.record(z.string(), z.unknown()),
});
type ChangesState = StateKind<z.infer<typeof stateContent>>;

/** The administrator's profile and what the API changed of it; the file itself is never written. */
export class ProfileKeeper {
  readonly #options: ProfileKeeperOptions;
  readonly #kind: ChangesState | null;
  #current: KeptProfile;

  private constructor(options: ProfileKeeperOptions, kind: ChangesState | null, current: KeptProfile) {
    this.#options = options;
    this.#kind = kind;
    this.#current = current;
  }

  /**
   * Takes the path of a file, or a value. Changes that do not fit it any more
   * are set aside. Rejects with `bad-profile` and `no-permission`.
   */
  static async open(written: unknown, options: ProfileKeeperOptions): Promise<ProfileKeeper> {
    const kind = stateKind(written, options.name);
    const base: Base =
      typeof written === 'string'
        ? { file: written, text: await readProfileText(written) }
        : { value: written };
    const changes = (kind && (await options.state.read(kind))?.changes) ?? {};
    try {
      return new ProfileKeeper(options, kind, keep(base, changes, options));
    } catch (error) {
      if (Object.keys(changes).length === 0) throw error;
      // The administrator's own profile has the last word on whether there is anything to start.
      const alone = keep(base, {}, options);
      if (kind) await options.state.setAside(kind, `with what it changes ${messageOf(error)}`);
      return new ProfileKeeper(options, kind, alone);
    }
  }

  get current(): KeptProfile {
    return this.#current;
  }

  /** Whether changes survive a restart. */
  get keeps(): boolean {
    return this.#kind !== null;
  }

  /** Whether the API, and not the administrator, said where this camera's frames come from. */
  setsSource(camera: string): boolean {
    const { cameras } = this.#current.changes;
    const changed = isGroup(cameras) && Object.hasOwn(cameras, camera) ? cameras[camera] : undefined;
    return isGroup(changed) && Object.hasOwn(changed, 'source');
  }

  /** For what keeps the program from starting: the cause may stand where no administrator wrote it. */
  blame(error: unknown): unknown {
    const kind = this.#kind;
    if (!kind || !(error instanceof TeecamError) || Object.keys(this.#current.changes).length === 0)
      return error;
    const { code, details, expose, message } = error;
    const sentence = `${message} (some of it may come from what the API changed: ${this.#options.state.fileOf(kind)})`;
    return new TeecamError(code, sentence, { cause: error, details, expose });
  }

  /** What the present one would be with this patch of what is written. Throws `bad-profile`. */
  patched(patch: JsonGroup): KeptProfile {
    const { base, loaded } = this.#current;
    const { layers } = loaded;
    const changes = patchBetween(layers.base, applyPatch(layers.changed, patch));
    return keep(base, isGroup(changes) ? changes : {}, this.#options);
  }

  /** File and state folder as they are now. Rejects with `bad-profile`, `no-permission`, or `conflict` for a value. */
  async reread(): Promise<KeptProfile> {
    const { base } = this.#current;
    if (!('file' in base))
      throw new TeecamError('conflict', 'the profile was given by a program and has no file', {
        expose: true,
      });
    const text = await readProfileText(base.file);
    const state = this.#kind && (await this.#options.state.read(this.#kind));
    return keep({ file: base.file, text }, state?.changes ?? {}, this.#options);
  }

  /** Another value in the place of the one before. Throws `bad-profile`, or `conflict` for a file. */
  rebased(value: unknown): KeptProfile {
    const { base, changes } = this.#current;
    if ('file' in base)
      throw new TeecamError('conflict', 'the profile is a file: change that, and reload', { expose: true });
    return keep({ value }, changes, this.#options);
  }

  /** Writes the changes beside what is kept. Rejects with `no-space`, `no-permission` or `failed`. */
  async prepare({ base, changes }: KeptProfile): Promise<PreparedState> {
    const kind = this.#kind;
    if (!kind) return { commit: async () => {}, discard: async () => {} };
    const { state } = this.#options;
    if (Object.keys(changes).length === 0)
      return { commit: () => state.remove(kind), discard: async () => {} };
    const profile = 'file' in base ? path.resolve(base.file) : kind.name;
    return state.prepare(kind, { profile, changes });
  }

  /** From now on this is what runs. */
  accept(profile: KeptProfile): void {
    this.#current = profile;
  }
}

function keep(
  base: Base,
  changes: JsonGroup,
  { set, host }: Pick<ProfileKeeperOptions, 'set' | 'host'>,
): KeptProfile {
  if ('value' in base) {
    const loaded = profileFromValue(base.value, process.cwd(), changes, { host });
    return { base, changes, loaded };
  }
  const loaded = loadProfile({
    file: path.resolve(base.file),
    label: base.file,
    text: base.text,
    changes,
    workingFolder: process.cwd(),
    environment: process.env,
    set,
    host,
  });
  return { base, changes, loaded };
}

/** One file for each profile: its name, and its path shortened, since two folders may have one of that name. */
function stateKind(written: unknown, name: string | null): ChangesState | null {
  const version = { version: 1, schema: stateContent };
  if (typeof written !== 'string') {
    if (name === null) return null;
    // It becomes a part of a file's name.
    if (/^[\w.-]+$/.test(name)) return { name: `changes-${name}`, ...version };
    throw new TeecamError(
      'bad-request',
      `state: expected letters, digits, ".", "_" and "-"; found "${name}"`,
    );
  }
  const file = path.resolve(written);
  const short = createHash('sha256').update(file).digest('hex').slice(0, 8);
  return { name: `changes-${path.basename(file, path.extname(file))}-${short}`, ...version };
}

/** For people: nothing of it is a secret any more. */
export function withoutSecrets(value: unknown, at: readonly string[] = []): unknown {
  if (typeof value === 'string') return at[0] === 'auth' && at.length > 1 ? '(hidden)' : redact(value);
  if (Array.isArray(value)) return value.map((one, index) => withoutSecrets(one, [...at, String(index)]));
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withoutSecrets(one, [...at, key])]),
  );
}
