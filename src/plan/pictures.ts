import type { CameraProfile, EncodableProfile } from '../profile/profile.js';
import type { Fit } from '../profile/schema.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { Fraction } from './graph.js';
import {
  bySizeThenRate,
  contentWidth,
  neededSize,
  type Size,
  type SizedAndTimed,
  samePicture,
  sameShape,
  sameSize,
} from './shape.js';

/** Pictures of one size, rate and fit, made once: the streams that show them, and smaller pictures made from them. */
export interface PictureNode extends Size {
  id: string;
  framerate: Fraction;
  fit: Fit;
  streams: { name: string; stream: EncodableProfile }[];
  children: PictureNode[];
  /** Has a tee, so that more can be hung on it; without one it is a single stream's. */
  fansOut: boolean;
}

/** Everything that is made of what the source gives. */
export interface Pictures {
  /** What a source of the capture's shape is needed in, and the slate is drawn in. */
  size: Size;
  /** As fast as the fastest stream. */
  framerate: Fraction;
  /**
   * Made from the source's own picture. One for all streams that show it whole: it is of the capture's shape,
   * without bars, no larger than a stream or the capture. One for each shape in which others show it cut, or
   * stretched: what was cut once and is cut again has lost more than it must, and bars are not to be stretched.
   */
  roots: PictureNode[];
  /** The roots hang on a tee. Without one there is a single root, and it shows the picture whole. */
  split: boolean;
}

/** Those streams that are made from pictures. */
type Camera = Pick<CameraProfile, 'capture'> & { streams: Readonly<Record<string, EncodableProfile>> };

/**
 * Arranges the streams' pictures so that each is made from the next larger one. Null without streams.
 *
 * A picture with bars is made only from one without, or of its own shape:
 * bars around bars would shrink the picture.
 */
export function arrangePictures({ capture, streams }: Camera): Pictures | null {
  const all = Object.values(streams);
  const framerate = fastest(all);
  if (!framerate) return null;
  const split = all.some(({ fit }) => fit !== 'contain');
  const roots: PictureNode[] = [];
  placeAll(entriesOf(streams), roots, [], capture);
  for (const root of roots) {
    for (const node of [root, ...below(root)]) node.fansOut = (node === root && !split) || !isAlone(node);
  }
  return { size: neededSize(capture, all), framerate, roots, split };
}

/**
 * The arrangement of other streams that leaves alone what runs: a stream whose
 * picture is the same stays where it is, the others are made from what the tees
 * offer that are there. Null when there is too little for them, or too slow.
 */
export function rearrangePictures(running: Pictures, { capture, streams }: Camera): Pictures | null {
  const wanted = Object.values(streams);
  const whole = running.roots.find(({ fit }) => fit === 'contain');
  const enough = wanted.every((stream) => {
    if (perSecond(stream.framerate) > perSecond(running.framerate)) return false;
    if (stream.fit !== 'contain') return running.split;
    return neededSize(capture, [stream]).width <= (whole ?? running.size).width;
  });
  const slow = wanted.some(
    ({ fit, framerate }) =>
      fit === 'contain' && whole !== undefined && perSecond(framerate) > perSecond(whole.framerate),
  );
  if (!enough || slow) return null;
  const roots = running.roots.map((root) => withStreams(root, streams));
  const nodes = roots.flatMap((root) => [root, ...below(root)]);
  const placed = new Set(nodes.flatMap((node) => node.streams.map(({ name }) => name)));
  const rest = entriesOf(streams).filter(({ name }) => !placed.has(name));
  const tees = nodes.filter(({ fansOut }) => fansOut);
  for (const node of placeAll(rest, roots, tees, capture)) node.fansOut = !isAlone(node);
  for (const root of roots) prune(root);
  const { size, framerate, split } = running;
  return { size, framerate, split, roots: split ? roots.filter(isNeeded) : roots };
}

type Entry = PictureNode['streams'][number];

function entriesOf(streams: Camera['streams']): Entry[] {
  return Object.entries(streams).map(([name, stream]) => ({ name, stream }));
}

/**
 * Hangs streams on these nodes, on new ones below them, or on new roots, the
 * largest first. Returns the new ones.
 */
function placeAll(
  entries: readonly Entry[],
  roots: PictureNode[],
  tees: readonly PictureNode[],
  capture: Size,
): PictureNode[] {
  const placed = [...tees];
  const sorted = [...entries].sort((a, b) => bySizeThenRate(a.stream, b.stream));
  for (const entry of sorted) {
    const { stream } = entry;
    const alike = placed.find((other) => samePicture(other, stream));
    if (alike) {
      alike.streams.push(entry);
      continue;
    }
    let parent = parentOf(stream, placed, capture);
    if (!parent) {
      parent = rootFor(stream, sorted, capture);
      roots.push(parent);
      placed.push(parent);
    }
    let node = parent;
    if (!samePicture(parent, stream)) {
      node = pictureNode(pictureId(stream), stream, stream.framerate, stream.fit);
      parent.children.push(node);
      placed.push(node);
    }
    node.streams.push(entry);
  }
  return placed.slice(tees.length);
}

/** For this stream and all others that can be made from the same. */
function rootFor(stream: EncodableProfile, entries: readonly Entry[], capture: Size): PictureNode {
  const group = entries.map((entry) => entry.stream).filter((other) => sameKind(other, stream));
  const framerate = fastest(group) ?? stream.framerate;
  if (stream.fit === 'contain') return pictureNode('stage', neededSize(capture, group), framerate, 'contain');
  // the first of them is the largest
  return pictureNode(pictureId({ ...stream, framerate }), stream, framerate, stream.fit);
}

/** Whether one root serves both. */
function sameKind(a: EncodableProfile, b: EncodableProfile): boolean {
  return a.fit === b.fit && (a.fit === 'contain' || sameShape(a, b));
}

/** Undefined without streams. */
export function fastest(streams: readonly Pick<EncodableProfile, 'framerate'>[]): Fraction | undefined {
  return streams.map(({ framerate }) => framerate).sort((a, b) => perSecond(b) - perSecond(a))[0];
}

/**
 * A copy with the streams that can stay, as they are wanted now. A stream that
 * has a rate limiter of its own stays with another rate too.
 */
function withStreams(node: PictureNode, wanted: Camera['streams']): PictureNode {
  const streams = node.streams.flatMap(({ name }) => {
    const stream = wanted[name];
    return stream && samePicture(node, stream) ? [{ name, stream }] : [];
  });
  const children = node.children.map((child) => {
    const copy = withStreams(child, wanted);
    const [only] = child.streams;
    const stream = only && wanted[only.name];
    if (child.fansOut || !stream || !sameSize(child, stream) || child.fit !== stream.fit) return copy;
    const limited = perSecond(child.framerate) < perSecond(node.framerate);
    if (!limited || perSecond(stream.framerate) >= perSecond(node.framerate)) return copy;
    return { ...copy, framerate: stream.framerate, streams: [{ name: only.name, stream }] };
  });
  return { ...node, streams, children };
}

/** Takes away the nodes that no stream needs any more. */
function prune(node: PictureNode): void {
  for (const child of node.children) prune(child);
  node.children = node.children.filter(isNeeded);
}

function isNeeded({ streams, children }: PictureNode): boolean {
  return streams.length + children.length > 0;
}

function isAlone({ streams, children }: PictureNode): boolean {
  return streams.length === 1 && children.length === 0;
}

/** Every node below this one, each after its parent. */
function below(node: PictureNode): PictureNode[] {
  return node.children.flatMap((child) => [child, ...below(child)]);
}

function pictureId({ width, height, framerate, fit }: SizedAndTimed & { fit: Fit }): string {
  const id = `${width}x${height}@${formatFramerate(framerate).replace('/', '-')}`;
  return fit === 'contain' ? id : `${id}-${fit}`;
}

function pictureNode(id: string, { width, height }: Size, framerate: Fraction, fit: Fit): PictureNode {
  return { id, width, height, framerate, fit, streams: [], children: [], fansOut: false };
}

/** The smallest that it can be made from; of whole pictures, the root where a stream is larger than the capture. */
function parentOf(
  child: EncodableProfile,
  placed: readonly PictureNode[],
  capture: Size,
): PictureNode | undefined {
  const whole = child.fit === 'contain';
  const fitting = placed.filter(
    (node) =>
      node.fit === child.fit &&
      perSecond(node.framerate) >= perSecond(child.framerate) &&
      (sameShape(node, child) || (whole && sameShape(node, capture))) &&
      (whole
        ? contentWidth(node, capture) >= contentWidth(child, capture)
        : node.width >= child.width && node.height >= child.height),
  );
  const [best] = fitting.sort((a, b) => bySizeThenRate(b, a));
  return best ?? (whole ? placed.find(({ id }) => id === 'stage') : undefined);
}
