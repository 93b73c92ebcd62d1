import type { NativePort } from '../native/port.js';
import { StreamAnalysis } from '../output/analysis.js';
import { MuxedMedia } from '../output/muxed-media.js';
import { JpegStreamMedia } from '../output/stream-media.js';
import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile, StreamProfile } from '../profile/profile.js';
import type { OutputKind } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import type { Audience } from '../session/audience.js';
import type { Pad } from '../stream/pad.js';

/** Where a stream's MJPEG and pictures come from: its own branch if it is JPEG, else one beside it. */
export interface JpegBranch {
  name: string;
  pad: Pad;
}

export interface StreamOptions {
  name: string;
  profile: StreamProfile;
  /** What a copy is of what the source delivers; else the profile. */
  branch: BranchProfile;
  /** Path of its ring file. */
  ring: string;
  pad: Pad;
  audience: Audience;
  /** Null: the profile offers nothing that is made of JPEG. */
  jpeg: JpegBranch | null;
  native: Pick<NativePort, 'createMuxer'>;
}

/** A stream as this process sees it: its ring, the pad that reads it, and what it offers over HTTP. */
export class Stream {
  readonly name: string;
  readonly profile: StreamProfile;
  readonly branch: BranchProfile;
  readonly ring: string;
  readonly pad: Pad;
  readonly jpeg: JpegBranch | null;
  /** Null: the profile offers nothing that is made of JPEG. */
  readonly media: JpegStreamMedia | null;
  /** Null: it is not H.264. */
  readonly muxed: MuxedMedia | null;
  readonly analysis: StreamAnalysis;

  /** `before` is what it was until now: its viewers stay. */
  constructor({ name, profile, branch, ring, pad, audience, jpeg, native }: StreamOptions, before?: Stream) {
    this.name = name;
    this.profile = profile;
    this.branch = branch;
    this.ring = ring;
    this.pad = pad;
    this.jpeg = jpeg;
    this.media = jpeg && (before?.media ?? new JpegStreamMedia(jpeg.pad, audience));
    if (jpeg) this.media?.follow(jpeg.pad);
    else before?.media?.close();
    const framerate = perSecond(branch.framerate);
    this.muxed =
      branch.codec === 'h264'
        ? (before?.muxed ?? new MuxedMedia({ native, ring, framerate, audience }))
        : null;
    if (!this.muxed) before?.muxed?.close();
    this.analysis = before?.analysis ?? new StreamAnalysis(pad, audience);
    this.analysis.follow(pad);
  }

  /** Ends every viewer of what it offers over HTTP. */
  close(): void {
    this.analysis.close();
    this.media?.close();
    this.muxed?.close();
  }

  /** Whether the profile lets this stream out that way. */
  has(output: OutputKind): boolean {
    return outputsOf(this.branch).includes(output);
  }
}
