/** Numbers that messages carry. A number that is retired is not used again. */

/** Why a stream stopped, or could not start. */
export const stopCodes = {
  ok: 0,
  /** A fault that has no code of its own; the reason says more. */
  failed: 1,
  sourceReconfigured: 100,
  badSource: 101,
  sourceDeleted: 102,
  /** Something of higher priority took the device or the encoder. */
  overridden: 103,
  userAccess: 105,
  /** A limit of sessions. */
  userLimit: 106,
  /** Frames come, and too few of them are whole. */
  weakStream: 107,
  /** Somebody ended it through the API. */
  userRequest: 108,
  /** No device, or no encoder, is free. */
  noFreeDevice: 200,
  openFailed: 203,
  noSource: 206,
  aborted: 300,
  /** Encrypted, and there is no key. */
  noKey: 400,
  /** It was opened, and no frame came. */
  noInput: 401,
} as const;
export type StopCode = (typeof stopCodes)[keyof typeof stopCodes];

/** Bits of `serviceStatus`. */
export const serviceStatus = {
  /** The source is open. */
  hardware: 1 << 0,
  /** The branch is open. */
  service: 1 << 1,
  /** Frames come from the source. */
  sourceFrames: 1 << 2,
  /** Packets come out of the branch. */
  packets: 1 << 3,
  /** It is starting, and may still take a moment. */
  grace: 1 << 16,
  /** Encrypted, and there is no key. */
  noKey: 1 << 17,
  /** No frame for longer than it may take: the slate is shown, or nothing. */
  timeout: 1 << 18,
} as const;
