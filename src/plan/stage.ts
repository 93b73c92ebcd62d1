import type { CameraProfile, StreamProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import { type RingGeometry, ringName } from '../ring/layout.js';
import { type Capabilities, requireElements } from './capabilities.js';
import { chooseEncoder } from './encoders.js';
import type { BranchPlan, Fraction, StagePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { branchesFor, type PlannedBranches } from './jpeg-branches.js';
import { arrangePictures, type PictureNode, type Pictures } from './pictures.js';
import { ringGeometry } from './ring-geometry.js';
import { type Size, sameSize } from './shape.js';

export interface StageRequest {
  /** The camera's name. */
  camera: string;
  profile: CameraProfile;
  capabilities: Capabilities;
  instance: string | null;
  /** Folder of the ring files, `/dev/shm`. */
  ringFolder: string;
  /** Raw RGB in the size of `gate`, or null: plain dark grey. */
  slateFile?: string | null;
}

/** A planned stage and what it was made from: what a change begins at. */
export interface ArrangedStage {
  plan: StagePlan;
  /** What the source is asked for. */
  capture: CameraProfile['capture'];
  slate: CameraProfile['slate'];
  /** Of the profile; `branches` has the companions too. */
  streams: CameraProfile['streams'];
  branches: PlannedBranches;
  pictures: Pictures;
  /** By branch. */
  rings: Readonly<Record<string, RingGeometry>>;
}

/** Plans the stage pipeline of a camera. Throws `missing-element`. */
export function planStage(request: StageRequest): StagePlan {
  return arrangeStage(request).plan;
}

/** The same with all that a later change needs. Throws `missing-element`. */
export function arrangeStage(request: StageRequest): ArrangedStage {
  const { capture, slate, streams } = request.profile;
  const branches = branchesFor(streams);
  const pictures = arrangePictures({ capture, streams: branches.all });
  const gate = {
    ...pictures.size,
    framerate: capture.framerate,
    stallMs: stallMs(capture.framerate),
    slateFramerate: slate.framerate,
    slateFile: request.slateFile ?? null,
  };
  const rings = Object.fromEntries(
    Object.entries(branches.all).map(([name, stream]) => [name, ringGeometry(stream)]),
  );
  const plan = buildStage(request, pictures, branches, gate);
  return { plan, capture, slate, streams, branches, pictures, rings };
}

/** The graph of an arrangement. Throws `missing-element`. */
export function buildStage(
  request: StageRequest,
  pictures: Pictures,
  branches: PlannedBranches,
  gate: StagePlan['gate'],
): StagePlan {
  const { camera, capabilities } = request;
  const stage = new StagePlanner(request);
  const inlet = stage.plan(pictures);
  const graph = stage.builder.graph;
  requireElements(graph, capabilities, `camera ${camera}`);
  const ordered = Object.keys(branches.all).flatMap((name) =>
    stage.branches.filter((one) => one.stream === name),
  );
  const { sleepAfterMs } = request.profile;
  return { camera, graph, inlet, gate, branches: ordered, sleepAfterMs };
}

/** Half a second without a frame, or five frames of a slow camera. */
function stallMs(framerate: Fraction): number {
  return Math.max(500, Math.round(5000 / perSecond(framerate)));
}

/** One plan in the making. */
class StagePlanner {
  readonly builder = new GraphBuilder();
  readonly branches: BranchPlan[] = [];

  constructor(readonly request: StageRequest) {}

  /** Rate first, one conversion for all, then the tee; or a tee in front of several of them. Returns the inlet. */
  plan({ roots, split, framerate }: Pictures): string {
    const { builder } = this;
    const { buffers } = this.request.profile;
    const inlet = builder.add(null, 'inlet', 'appsrc', inletProperties(buffers.inlet));
    const rate = builder.add(inlet, 'rate', 'teecamrate', { 'max-framerate': fractionText(framerate) });
    const tee = split ? builder.add(rate, 'source.tee', 'tee', teeProperties) : null;
    for (const root of roots) {
      if (tee !== null) this.#derive(root, { framerate }, tee, []);
      else this.#fanOut(root, builder.add(this.#picture(rate, '', root), 'tee', 'tee', teeProperties), []);
    }
    return inlet;
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
      head = this.builder.add(head, `${prefix}.rate`, 'teecamrate', {
        'max-framerate': fractionText(node.framerate),
      });
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
  #beginBranch(tee: string, prefix: string, valves: readonly string[]): { head: string; valves: string[] } {
    const valve = this.builder.add(tee, `${prefix}.valve`, 'valve', { drop: true });
    const queue = branchQueueProperties(this.request.profile.buffers.branch);
    const head = this.builder.add(valve, `${prefix}.queue`, 'queue', queue);
    return { head, valves: [...valves, valve] };
  }

  #endBranch(name: string, stream: StreamProfile, from: string, valves: string[]): void {
    const { instance, camera, ringFolder } = this.request;
    const { head, encoder } = this.#encode(name, stream, from);
    const ring = `${ringFolder}/${ringName(instance ?? undefined, camera, name)}`;
    const sink = this.builder.add(head, `${name}.ring`, 'teecamringsink', { ring, ...sinkProperties });
    const { always, lingerMs } = stream;
    const gopFrames = stream.codec === 'h264' ? stream.gopFrames : null;
    this.branches.push({ stream: name, valves, encoder, sink, ring, gopFrames, always, lingerMs });
  }

  #encode(name: string, stream: StreamProfile, from: string): { head: string; encoder: string | null } {
    const { builder } = this;
    switch (stream.codec) {
      case 'raw': {
        if (stream.format === 'I420') return { head: from, encoder: null };
        // The last element that makes new pixels writes them into the ring's own memory.
        const convert = builder.add(from, `${name}.convert`, 'videoconvert');
        return {
          head: builder.caps(convert, `${name}.format`, rawCaps(stream.format, stream)),
          encoder: null,
        };
      }
      case 'jpeg': {
        // Decoders take every JPEG for full-range BT.601, and the encoder takes the samples as they come.
        const range = builder.add(from, `${name}.range`, 'teecamfullrange');
        const encoder = builder.add(range, `${name}.encode`, 'jpegenc', { quality: stream.quality });
        return { head: encoder, encoder };
      }
      case 'h264': {
        const purpose = `stream ${this.request.camera}/${name}`;
        const { element, properties } = chooseEncoder(stream, this.request.capabilities, purpose);
        const encoder = builder.add(from, `${name}.encode`, element, properties(stream));
        const profile = builder.caps(
          encoder,
          `${name}.profile`,
          `video/x-h264,profile=${stream.h264Profile}`,
        );
        // -1: SPS and PPS in front of every key frame, so that a reader can begin at any.
        const parse = builder.add(profile, `${name}.parse`, 'h264parse', { 'config-interval': -1 });
        const caps = 'video/x-h264,stream-format=byte-stream,alignment=au';
        return { head: builder.caps(parse, `${name}.frames`, caps), encoder };
      }
    }
  }
}

/** Only the newest frames wait, as many as the profile says; other ways of limiting were seen to let the age grow without end. */
const inletProperties = (frames: number) => ({
  'is-live': true,
  format: 'time',
  'min-latency': 0,
  'max-buffers': frames,
  'max-bytes': 0,
  'max-time': 0,
  'leaky-type': 'downstream',
  block: false,
  'do-timestamp': false,
});

/** A tee whose branches are all closed goes on. */
const teeProperties = { 'allow-not-linked': true } as const;

/** Some frames of grace for a branch that was not scheduled in time; then the oldest goes. */
const branchQueueProperties = (frames: number) => ({
  leaky: 'downstream',
  'max-size-buffers': frames,
  'max-size-bytes': 0,
  'max-size-time': 0,
});

/**
 * Not waiting for the clock; for a first frame neither, which a closed valve
 * keeps back; and holding no frame, whose memory may be the camera's.
 */
const sinkProperties = { sync: false, async: false, 'enable-last-sample': false, qos: false } as const;

function rawCaps(format: string, { width, height }: Size): string {
  return `video/x-raw,format=${format},width=${width},height=${height},pixel-aspect-ratio=1/1`;
}

function fractionText([numerator, denominator]: Fraction): string {
  return `${numerator}/${denominator}`;
}
