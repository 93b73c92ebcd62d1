import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import type { ArrangedStage } from '../plan/stage.js';
import { sameFrames } from '../plan/stage-change.js';
import type { BranchProfile, CameraProfile } from '../profile/profile.js';
import { Audience } from '../session/audience.js';
import type { SessionBook } from '../session/book.js';
import { type CameraSignal, stopCodes } from '../stream/message.js';
import type { Pad } from '../stream/pad.js';
import { ringPad } from './ring-pad.js';
import { ringOf } from './ring-requests.js';
import { Stream } from './stream.js';

export interface CameraStreamsOptions {
  camera: string;
  native: NativePort;
  book: SessionBook;
  signal(): CameraSignal;
  log: Log;
}

interface BranchPad {
  pad: Pad;
  profile: BranchProfile;
}

/** The streams of a camera, and the pads of all its branches. */
export class CameraStreams {
  readonly #options: CameraStreamsOptions;
  /** By branch: a stream's, or a JPEG one beside it. */
  #pads: ReadonlyMap<string, BranchPad> = new Map();
  #streams: readonly Stream[] = [];

  constructor(options: CameraStreamsOptions) {
    this.#options = options;
  }

  /** In the profile's order. */
  get all(): readonly Stream[] {
    return this.#streams;
  }

  /**
   * What a stage makes now. Viewers of a stream that goes on stay, those of one
   * that is gone, or has become another kind of stream, are ended.
   */
  become(wanted: CameraProfile['streams'], stage: ArrangedStage): void {
    const before = this.#pads;
    const streamsBefore = this.#streams;
    this.#pads = new Map(
      Object.entries(stage.branches.all).map(([branch, profile]) => {
        const old = before.get(branch);
        // Targets take the codec and the format of their pad for granted.
        const pad = old && sameFrames(old.profile, profile) ? old.pad : this.#padOf(branch, profile, stage);
        return [branch, { pad, profile }];
      }),
    );
    this.#streams = Object.entries(wanted).map(([name, profile]) => {
      const jpeg = stage.branches.jpegOf[name] ?? null;
      return new Stream(
        {
          name,
          profile,
          branch: this.#branch(name).profile,
          ring: ringOf(stage, name),
          pad: this.#branch(name).pad,
          audience: new Audience(this.#options.book, this.#options.camera, name),
          jpeg: jpeg === null ? null : { name: jpeg, pad: this.#branch(jpeg).pad },
          native: this.#options.native,
        },
        streamsBefore.find((stream) => stream.name === name),
      );
    });
    for (const stream of streamsBefore) if (!Object.hasOwn(wanted, stream.name)) stream.close();
    for (const [branch, { pad }] of before)
      if (this.#pads.get(branch)?.pad !== pad)
        pad.close(stopCodes.sourceDeleted, 'the stream was taken away');
  }

  /** Tells every target, with the reason. */
  close(why: string): void {
    for (const { pad } of this.#pads.values()) pad.close(stopCodes.ok, why);
    for (const { muxed } of this.#streams) muxed?.close();
  }

  #padOf(branch: string, profile: BranchProfile, stage: ArrangedStage): Pad {
    return ringPad({ ...this.#options, branch, profile, ring: ringOf(stage, branch) });
  }

  #branch(name: string): BranchPad {
    const found = this.#pads.get(name);
    if (!found) throw new TeecamError('internal', `the plan lacks the branch ${name}`);
    return found;
  }
}
