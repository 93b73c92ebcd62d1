import type { Log } from '../base/log.js';
import { RingFeed } from '../camera/ring-feed.js';
import type { NativePort } from '../native/port.js';
import { JpegStreamMedia } from '../output/stream-media.js';
import type { StreamProfile } from '../profile/profile.js';
import type { OutputKind } from '../profile/schema.js';
import { stopCodes } from '../stream/message.js';
import { Pad } from '../stream/pad.js';

export interface StreamOptions {
  camera: string;
  name: string;
  profile: StreamProfile;
  /** Path of its ring file. */
  ring: string;
  native: NativePort;
  log: Log;
}

/** A stream as this process sees it: its ring, the pad that reads it, and what hangs on the pad. */
export class Stream {
  readonly name: string;
  readonly profile: StreamProfile;
  readonly ring: string;
  readonly pad: Pad;
  /** What it offers over HTTP; null when it is not JPEG. */
  readonly media: JpegStreamMedia | null;

  constructor({ camera, name, profile, ring, native, log }: StreamOptions) {
    this.name = name;
    this.profile = profile;
    this.ring = ring;
    const { codec } = profile;
    const feed = new RingFeed({
      native,
      path: ring,
      camera,
      stream: name,
      codec,
      format: profile.codec === 'raw' ? profile.format : '',
      deliver: (message) => this.pad.deliver(message),
      log,
    });
    this.pad = new Pad({
      name: `${camera}/${name}`,
      feed,
      keepLatest: codec === 'jpeg',
      onTargetFailure: ({ target, error }) => log.error({ err: error, target }, 'a target threw'),
    });
    this.media = codec === 'jpeg' ? new JpegStreamMedia(this.pad) : null;
  }

  /** Whether the profile lets this stream out that way. */
  has(output: OutputKind): boolean {
    return this.profile.outputs?.includes(output) ?? true;
  }

  /** How many consumers are in this process, HTTP clients included. */
  get targets(): number {
    return this.pad.targetCount;
  }

  close(): void {
    this.pad.close(stopCodes.ok, 'the appliance ends');
  }
}
