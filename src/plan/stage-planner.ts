import type { BranchProfile, CameraProfile, EncodableProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import { ringName } from '../ring/layout.js';
import type { Capabilities } from './capabilities.js';
import { chooseDecoder } from './decoders.js';
import { type Delivery, type EncodedDelivery, passesThrough } from './delivery.js';
import { chooseEncoder } from './encoders.js';
import type { BranchPlan, Fraction, KeyFrameBy, StagePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { comesInGroups } from './groups.js';
import { encodeH264 } from './h264-branch.js';
import type { PlannedBranches } from './jpeg-branches.js';
import { fastest, type PictureNode, type Pictures } from './pictures.js';
import { sameSize } from './shape.js';
import {
  branchQueueProperties,
  fractionText,
  inletProperties,
  rawCaps,
  sinkProperties,
  teeProperties,
  waitingInGroups,
} from './stage-elements.js';

export interface StageRequest {
  /** The camera's name. */
  camera: string;
  profile: CameraProfile;
  /** By the source. */
  delivery: Delivery;
  capabilities: Capabilities;
  instance: string | null;
  /** Folder of the ring files, `/dev/shm`. */
  ringFolder: string;
  /** Raw RGB in the size of `gate`, or null: plain dark grey. */
  slateFile?: string | null;
  /** Encoders that failed this camera while they ran. */
  failedEncoders?: ReadonlySet<string>;
}

export interface Arrangement {
  pictures: Pictures | null;
  branches: PlannedBranches;
  gate: StagePlan['gate'];
}

interface Encoded {
  head: string;
  /** Null: nothing is encoded here. */
  encoder: string | null;
  keyFrameBy: KeyFrameBy | null;
}

/** One plan in the making. */
export class StagePlanner {
  readonly builder = new GraphBuilder();
  readonly branches: BranchPlan[] = [];

  constructor(readonly request: StageRequest) {}

  /** Returns the inlet. */
  plan({ pictures, branches }: Arrangement): string {
    const { builder } = this;
    const { delivery, profile } = this.request;
    const frames = comesInGroups(delivery.media) ? waitingInGroups : profile.buffers.inlet;
    const inlet = builder.add(null, 'inlet', 'appsrc', inletProperties(frames));
    if (delivery.media !== 'raw') {
      this.#planEncoded(inlet, branches, pictures, delivery);
    } else if (pictures) {
      const framerate = fastest(Object.values(branches.all)) ?? pictures.framerate;
      this.#planPictures(this.#rate(inlet, 'rate', framerate), [], pictures);
    }
    return inlet;
  }

  /**
   * What the source has encoded goes to its streams as it is, and is decoded
   * for the others. JPEG comes down to the rate that is needed first; all else has to be decoded first.
   */
  #planEncoded(
    inlet: string,
    { all }: PlannedBranches,
    pictures: Pictures | null,
    delivery: EncodedDelivery,
  ): void {
    const { builder } = this;
    const framerate = fastest(Object.values(all)) ?? delivery.framerate;
    const isJpeg = delivery.media === 'jpeg';
    const source = isJpeg ? this.#rate(inlet, 'rate', framerate) : inlet;
    const tee = builder.add(source, 'encoded.tee', 'tee', teeProperties);
    for (const [name, stream] of Object.entries(all)) {
      if (!passesThrough(stream, delivery)) continue;
      const branch = this.#beginEncoded(tee, name, delivery);
      const slower = isJpeg && perSecond(stream.framerate) < perSecond(framerate);
      const head = slower ? this.#rate(branch.head, `${name}.rate`, stream.framerate) : branch.head;
      this.#sink(name, stream, { head, encoder: null, keyFrameBy: null }, branch.valves);
    }
    if (!pictures) return;
    const { camera, capabilities } = this.request;
    const branch = this.#beginEncoded(tee, 'encoded.picture', delivery);
    const { element, properties } = chooseDecoder(delivery.media, capabilities, `camera ${camera}`);
    const rate = (from: string) => this.#rate(from, 'encoded.picture.rate', pictures.framerate);
    const decode = (from: string) => builder.add(from, 'encoded.picture.decode', element, properties);
    const head = isJpeg ? decode(rate(branch.head)) : rate(decode(branch.head));
    this.#planPictures(head, branch.valves, pictures);
  }

  /** Rate comes before this; one conversion for all, then the tee; or a tee in front of several of them. */
  #planPictures(from: string, valves: readonly string[], { roots, split, framerate }: Pictures): void {
    const { builder } = this;
    const tee = split ? builder.add(from, 'source.tee', 'tee', teeProperties) : null;
    for (const root of roots) {
      if (tee !== null) this.#derive(root, { framerate }, tee, valves);
      else
        this.#fanOut(root, builder.add(this.#picture(from, '', root), 'tee', 'tee', teeProperties), valves);
    }
  }

  #rate(from: string, id: string, framerate: Fraction): string {
    return this.builder.add(from, id, 'teecamrate', { 'max-framerate': fractionText(framerate) });
  }

  /** From the source's own picture, in whatever format and size that is. */
  #picture(from: string, prefix: string, { fit, ...size }: PictureNode): string {
    const { builder } = this;
    let head = builder.add(from, `${prefix}convert`, 'videoconvert');
    if (fit === 'cover') {
      const shape = { 'aspect-ratio': `${size.width}/${size.height}` };
      head = builder.add(head, `${prefix}crop`, 'aspectratiocrop', shape);
    }
    head = builder.add(head, `${prefix}scale`, 'videoscale', { 'add-borders': fit === 'contain' });
    return builder.caps(head, `${prefix}size`, rawCaps('I420', size));
  }

  #fanOut(node: PictureNode, tee: string, valves: readonly string[]): void {
    for (const { name, stream } of node.streams) {
      const branch = this.#beginBranch(tee, name, valves);
      this.#endBranch(name, stream, branch.head, branch.valves);
    }
    for (const child of node.children) this.#derive(child, node, tee, valves);
  }

  /** A smaller or slower picture, or one of the source's own; with several users it gets a tee of its own. */
  #derive(
    node: PictureNode,
    parent: PictureNode | Pick<PictureNode, 'framerate'>,
    tee: string,
    valves: readonly string[],
  ): void {
    const alone = node.fansOut ? undefined : node.streams[0];
    const prefix = alone?.name ?? node.id;
    const branch = this.#beginBranch(tee, prefix, valves);
    let head = branch.head;
    if (perSecond(node.framerate) < perSecond(parent.framerate))
      head = this.#rate(head, `${prefix}.rate`, node.framerate);
    if (!('fit' in parent)) {
      head = this.#picture(head, `${prefix}.source-`, node);
    } else if (!sameSize(node, parent)) {
      const borders = { 'add-borders': node.fit === 'contain' };
      head = this.builder.add(head, `${prefix}.scale`, 'videoscale', borders);
      head = this.builder.caps(head, `${prefix}.size`, rawCaps('I420', node));
    }
    if (alone) this.#endBranch(alone.name, alone.stream, head, branch.valves);
    else this.#fanOut(node, this.builder.add(head, `${prefix}.tee`, 'tee', teeProperties), branch.valves);
  }

  /** The valve comes first: a closed branch then holds no frame in its queue. */
  #beginBranch(
    tee: string,
    prefix: string,
    valves: readonly string[],
    frames = this.request.profile.buffers.branch,
  ): { head: string; valves: string[] } {
    const valve = this.builder.add(tee, `${prefix}.valve`, 'valve', { drop: true });
    const queue = branchQueueProperties(frames);
    const head = this.builder.add(valve, `${prefix}.queue`, 'queue', queue);
    return { head, valves: [...valves, valve] };
  }

  /** An opened valve, or a full queue, may leave it in the middle of a group of pictures. */
  #beginEncoded(tee: string, prefix: string, { media }: EncodedDelivery): { head: string; valves: string[] } {
    if (!comesInGroups(media)) return this.#beginBranch(tee, prefix, []);
    const branch = this.#beginBranch(tee, prefix, [], waitingInGroups);
    return { ...branch, head: this.builder.add(branch.head, `${prefix}.keys`, 'teecamfromkey') };
  }

  #endBranch(name: string, stream: EncodableProfile, from: string, valves: string[]): void {
    this.#sink(name, stream, this.#encode(name, stream, from), valves);
  }

  #sink(name: string, stream: BranchProfile, encoded: Encoded, valves: string[]): void {
    const { head, encoder, keyFrameBy } = encoded;
    const { instance, camera, ringFolder } = this.request;
    const ring = `${ringFolder}/${ringName(instance ?? undefined, camera, name)}`;
    const sink = this.builder.add(head, `${name}.ring`, 'teecamringsink', { ring, ...sinkProperties });
    const { always, lingerMs } = stream;
    const gopFrames = stream.codec === 'h264' && encoder !== null ? stream.gopFrames : null;
    this.branches.push({
      stream: name,
      valves,
      encoder,
      sink,
      ring,
      gopFrames,
      keyFrameBy,
      always,
      lingerMs,
    });
  }

  #encode(name: string, stream: EncodableProfile, from: string): Encoded {
    const { builder } = this;
    const raw = { encoder: null, keyFrameBy: null };
    switch (stream.codec) {
      case 'raw': {
        if (stream.format === 'I420') return { ...raw, head: from };
        // The last element that makes new pixels writes them into the ring's own memory.
        const convert = builder.add(from, `${name}.convert`, 'videoconvert');
        return { ...raw, head: builder.caps(convert, `${name}.format`, rawCaps(stream.format, stream)) };
      }
      case 'jpeg': {
        // Decoders take every JPEG for full-range BT.601, and the encoder takes the samples as they come.
        const range = builder.add(from, `${name}.range`, 'teecamfullrange');
        const encoder = builder.add(range, `${name}.encode`, 'jpegenc', { quality: stream.quality });
        return { head: encoder, encoder, keyFrameBy: null };
      }
      case 'h264': {
        const purpose = `stream ${this.request.camera}/${name}`;
        const { capabilities, failedEncoders: failed = new Set() } = this.request;
        const encoder = chooseEncoder({ stream, capabilities, failed, purpose });
        const { keyFrameBy } = encoder;
        return { ...encodeH264(builder, name, from, { stream, encoder }), keyFrameBy };
      }
    }
  }
}
