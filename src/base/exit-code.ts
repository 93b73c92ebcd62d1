import { type ErrorCode, TeecamError } from './error.js';

/** How the program ends; after sysexits.h, as docs/cli.md lists them. */
export const exitCodes = {
  ok: 0,
  usage: 2,
  /** An element, plugin or library that the profile needs is missing. */
  unavailable: 69,
  internal: 70,
  /** No room in /dev/shm or on disk. */
  noSpace: 73,
  /** An address, or the rings of this instance, are in use. */
  inUse: 75,
  noPermission: 77,
  /** The profile is wrong; systemd does not start the unit again. */
  profile: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  usage: exitCodes.usage,
  'missing-element': exitCodes.unavailable,
  'missing-native': exitCodes.unavailable,
  'no-space': exitCodes.noSpace,
  'address-in-use': exitCodes.inUse,
  owned: exitCodes.inUse,
  'no-permission': exitCodes.noPermission,
  'bad-profile': exitCodes.profile,
  'bad-image': exitCodes.profile,
  'bad-source': exitCodes.profile,
};

/** Anything that is not ours, or has no code of its own here, is an internal error. */
export function exitCodeOf(error: unknown): ExitCode {
  return (error instanceof TeecamError ? byCode[error.code] : undefined) ?? exitCodes.internal;
}
