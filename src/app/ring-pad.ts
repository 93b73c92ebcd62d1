import type { Log } from '../base/log.js';
import { RingFeed } from '../camera/ring-feed.js';
import type { NativePort } from '../native/port.js';
import type { BranchProfile } from '../profile/profile.js';
import type { CameraSignal } from '../stream/message.js';
import { Pad } from '../stream/pad.js';

export interface RingPadOptions {
  camera: string;
  /** Of the stream, or the JPEG branch beside it. */
  branch: string;
  profile: BranchProfile;
  /** Path of its ring file. */
  ring: string;
  signal(): CameraSignal;
  native: NativePort;
  log: Log;
}

/** The pad that reads a branch's ring, while it has targets. */
export function ringPad({ camera, branch, profile, ring, signal, native, log }: RingPadOptions): Pad {
  const { codec } = profile;
  const format = codec === 'raw' ? profile.format : '';
  return new Pad({
    name: `${camera}/${branch}`,
    feed: new RingFeed({ native, path: ring, camera, stream: branch, codec, format, signal, log }),
    keepLatest: codec === 'jpeg',
    onTargetFailure: ({ pad, target, error, times }) =>
      log.error({ err: error, pad, target, times }, 'a target threw'),
    onQueuePressure: (pad, pressure) =>
      log.warn({ pad, ...pressure }, 'a consumer is slower than its stream'),
  });
}
