import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import type { Profile } from '../profile/profile.js';
import { Access } from './access.js';
import type { ApplianceOptions } from './appliance.js';
import { demoFor, noDemo } from './demo.js';
import { everyAddress } from './lan-user.js';
import { ProfileKeeper } from './profile-keeper.js';
import { StateFolder } from './state-folder.js';

/** The profile that an appliance starts with, and all that is laid over it. */
export interface OpenedProfile {
  keeper: ProfileKeeper;
  profile: Profile;
  /** What is made of every later profile before it runs. */
  adapt(profile: Profile): Profile;
  access: Access;
  /** Null: nothing of this run is kept. */
  state: StateFolder | null;
  /** Sentences for the person who started it. */
  notices: string[];
}

/** Rejects with `bad-profile` and `no-permission`. */
export async function openProfile(
  written: unknown,
  options: Pick<ApplianceOptions, 'set' | 'state' | 'demo' | 'lan'>,
  devices: Pick<NativePort, 'listDevices'>,
  log: Log,
): Promise<OpenedProfile> {
  const { set = [], state: name = null, lan = false } = options;
  const state = new StateFolder(log);
  const host = lan ? everyAddress() : undefined;
  const keeper = await ProfileKeeper.open(written, { set, name, state, host });
  const { profile, warnings } = keeper.current.loaded;
  const access = await Access.open({ profile, lan, state, log });
  const { adapt, notice } = options.demo ? await demoFor(profile, devices) : noDemo;
  const notices = [...state.notices, ...warnings, ...(notice === null ? [] : [notice])];
  return { keeper, profile: adapt(profile), adapt, access, state: keeper.keeps ? state : null, notices };
}
