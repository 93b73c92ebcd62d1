import { isDeepStrictEqual } from 'node:util';
import type { ProfileControl as ProfileControlPort, RequestedChange } from '../api/ports.js';
import type { ChangeView, ProfileView } from '../api/views.js';
import { codeOf, type ErrorCode, TeecamError } from '../base/error.js';
import { redact } from '../base/redact.js';
import { holding, lowered } from '../load/lowering.js';
import { actionsOf, limiting } from '../plan/actions.js';
import type { Delivery } from '../plan/delivery.js';
import type { Deliveries } from '../plan/profile-change.js';
import { type FaultAudience, faultsOf, faultView } from '../profile/fault.js';
import { isGroup, patchAt, patchBetween, pathsOf } from '../profile/merge-patch.js';
import type { Limits, Profile } from '../profile/profile.js';
import type { HeldStep } from './load-keeper.js';
import type { ProfileChanger } from './profile-changer.js';
import { type KeptProfile, type ProfileKeeper, withoutSecrets } from './profile-keeper.js';

export interface ProfileControlOptions {
  keeper: ProfileKeeper;
  changer: Pick<ProfileChanger, 'plan' | 'become' | 'stop'>;
  /** What is made of every profile before it runs, such as a test picture where there is no camera. */
  adapt(profile: Profile): Profile;
  /** Holds viewers to these from now on. */
  limit(limits: Limits): void;
}

/** Errors whose sentence is meant for whoever asked for the change. */
const told: readonly ErrorCode[] = [
  'bad-profile',
  'bad-image',
  'bad-source',
  'missing-element',
  'address-in-use',
  'owned',
  'no-space',
  'no-permission',
];

/** Changes of the profile while it runs: one after another, each whole or not at all. */
export class ProfileControl implements ProfileControlPort {
  readonly #options: ProfileControlOptions;
  /** What all that does not change while it runs was started with. */
  readonly #started: KeptProfile;
  #steps: readonly HeldStep[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(options: ProfileControlOptions) {
    this.#options = options;
    this.#started = options.keeper.current;
  }

  view(): ProfileView {
    const { keeper } = this.#options;
    const { changes, loaded } = keeper.current;
    return {
      profile: group(withoutSecrets(loaded.layers.effective)),
      changes: group(withoutSecrets(changes)),
      overrides: overridesOf(loaded.layers.effective, keeper.current),
      needsRestart: this.#needsRestart(keeper.current),
      kept: keeper.keeps,
    };
  }

  change(request: RequestedChange): Promise<ChangeView> {
    const { camera, stream, kind, value, dryRun } = request;
    const path = stream === null ? ['cameras', camera] : ['cameras', camera, 'streams', stream];
    const patch = patchAt(path, kind === 'remove' ? null : value);
    return this.#inTurn(async () => {
      const { keeper } = this.#options;
      checkNames(keeper.current.loaded.profile, request);
      const wanted = keeper.patched(patch);
      return { ...(await this.#become(wanted, dryRun)), overridden: overridesOf(patch, wanted) };
    });
  }

  reload(dryRun = false): Promise<ChangeView> {
    const reread = async () => this.#become(await this.#options.keeper.reread(), dryRun);
    return this.#inTurn(reread, { asked: false });
  }

  /** Another value in the place of the one that the program was given before. */
  apply(value: unknown): Promise<ChangeView> {
    return this.#inTurn(() => this.#become(this.#options.keeper.rebased(value), false), { asked: false });
  }

  /** Plans a camera's stage for what its source delivers, in its turn like any other change. */
  async adopt(camera: string, delivery: Delivery): Promise<void> {
    const deliveries = new Map([[camera, delivery]]);
    await this.#inTurn(() => this.#adjust(this.#steps, deliveries));
  }

  /** By how much streams run below what the profile says, the last step last. */
  get steps(): readonly HeldStep[] {
    return this.#steps;
  }

  /** Runs them with these steps, in its turn like any other change; the profile stays what it is. */
  async lower(steps: readonly HeldStep[]): Promise<void> {
    await this.#inTurn(() => this.#adjust(steps));
  }

  /** What is under way may end, nothing else begins. */
  stop(): void {
    this.#stopped = true;
    this.#options.changer.stop();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  #inTurn<T>(work: () => Promise<T>, audience: FaultAudience = { asked: true }): Promise<T> {
    const result = this.#turn.then(async () => {
      if (this.#stopped) throw closing();
      return work();
    });
    this.#turn = result.catch(() => {}); // whoever asked hears of it
    return result.catch((error: unknown) => {
      throw explain(error, audience);
    });
  }

  async #become(wanted: KeptProfile, dryRun: boolean): Promise<ChangeView> {
    const { keeper, changer, limit } = this.#options;
    const { profile, warnings } = wanted.loaded;
    const limits = isDeepStrictEqual(profile.limits, keeper.current.loaded.profile.limits) ? [] : [limiting];
    const { cameras, steps } = this.#lowered(profile, this.#steps);
    const answer = {
      dryRun,
      overridden: [],
      needsRestart: this.#needsRestart(wanted),
      warnings: warnings.map(redact),
      kept: keeper.keeps,
    };
    if (dryRun) return { ...answer, actions: [...actionsOf(changer.plan(cameras)), ...limits] };
    const prepared = await keeper.prepare(wanted).catch(notKept);
    try {
      const change = await changer.become(cameras, () => prepared.commit().catch(notKept));
      keeper.accept(wanted);
      this.#steps = steps;
      if (limits.length > 0) limit(profile.limits);
      return { ...answer, actions: [...actionsOf(change), ...limits] };
    } catch (error) {
      await prepared.discard();
      throw error;
    }
  }

  /** The same profile, run in another way. */
  async #adjust(wanted: readonly HeldStep[], deliveries?: Deliveries): Promise<void> {
    const { keeper, changer } = this.#options;
    const { cameras, steps } = this.#lowered(keeper.current.loaded.profile, wanted, deliveries);
    await changer.become(cameras, async () => {}, deliveries);
    this.#steps = steps;
  }

  /** Without the steps of cameras that are started again: those begin with all that the profile says. */
  #lowered(profile: Profile, wanted: readonly HeldStep[], deliveries?: Deliveries) {
    const { changer, adapt } = this.#options;
    const full = adapt(profile).cameras;
    const held = holding(full, wanted);
    if (held.length === 0) return { cameras: full, steps: held };
    const { changed } = changer.plan(lowered(full, held), deliveries);
    const restarted = changed.flatMap(({ camera, step }) => ('restart' in step ? [camera] : []));
    const steps = held.filter(({ camera }) => !restarted.includes(camera));
    return { cameras: lowered(full, steps), steps };
  }

  #needsRestart(wanted: KeptProfile): string[] {
    const without = ({ loaded }: KeptProfile) => ({
      ...group(loaded.layers.effective),
      cameras: null,
      limits: null,
      allowGst: null,
    });
    const difference = patchBetween(without(this.#started), without(wanted));
    return difference === undefined ? [] : pathsOf(difference).map((path) => path.join('.'));
  }
}

function checkNames({ cameras }: Profile, { kind, camera, stream }: RequestedChange): void {
  const has = (record: object, name: string) => Object.hasOwn(record, name);
  const known = has(cameras, camera);
  if (!known && (kind !== 'add' || stream !== null)) throw notFound(`there is no camera "${camera}"`);
  if (stream === null) {
    if (known && kind === 'add') throw conflict(`there is a camera "${camera}" already`);
    return;
  }
  const streamKnown = has(cameras[camera]?.streams ?? {}, stream);
  if (!streamKnown && kind !== 'add') throw notFound(`the camera "${camera}" has no stream "${stream}"`);
  if (streamKnown && kind === 'add')
    throw conflict(`the camera "${camera}" has a stream "${stream}" already`);
}

/** Keys of `value` that an override has the last word on. */
function overridesOf(value: unknown, { loaded }: KeptProfile): ChangeView['overridden'] {
  return pathsOf(value).flatMap((path) => {
    const by = loaded.layers.overriddenBy(path);
    return by === null ? [] : [{ path: path.join('.'), by: redact(by) }];
  });
}

/** An error of a change, as whoever asked for it may see it. */
export function explain(error: unknown, audience: FaultAudience = { asked: true }): unknown {
  const faults = faultsOf(error);
  if (faults.length > 0) {
    const places = new Set(faults.map(({ path }) => path.join('.') || 'the profile'));
    return exposed('bad-profile', `the profile would be wrong at ${[...places].join(', ')}`, error, {
      errors: faults.map((fault) => faultView(fault, audience)),
    });
  }
  if (!(error instanceof TeecamError) || error.expose) return error;
  if (error.code === 'closed') return closing();
  if (error.code === 'timeout')
    return exposed('unavailable', 'a camera did not do it in time, and starts again', error);
  // The core's own words: it could not be built, or started, so.
  if (error.code === 'refused' || error.code === 'failed')
    return exposed('refused', redact(error.message), error);
  return told.includes(error.code) ? exposed(error.code, redact(error.message), error) : error;
}

/** The state folder's own words have paths in them. */
function notKept(error: unknown): never {
  const full = codeOf(error) === 'no-space';
  const why = full ? 'the disk is full' : 'the state folder cannot be written; the log says more';
  throw exposed(full ? 'no-space' : 'no-permission', `the change cannot be kept: ${why}`, error);
}

function exposed(code: ErrorCode, message: string, cause: unknown, details: object = {}): TeecamError {
  return new TeecamError(code, message, { cause, expose: true, details: { ...details } });
}

function notFound(message: string): TeecamError {
  return new TeecamError('not-found', message, { expose: true });
}

function conflict(message: string): TeecamError {
  return new TeecamError('conflict', message, { expose: true });
}

function closing(): TeecamError {
  return new TeecamError('unavailable', 'the appliance is closing', { expose: true });
}

function group(value: unknown): Record<string, unknown> {
  return isGroup(value) ? value : {};
}
