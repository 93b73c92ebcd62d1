import type { CameraProfile, StreamProfile } from '../profile/profile.js';
import { formatFramerate, perSecond } from '../profile/units.js';
import type { Fraction } from './graph.js';

export interface Size {
  width: number;
  height: number;
}

/** Pictures of one size and rate, made once: the streams that show them, and smaller pictures made from them. */
export interface PictureNode extends Size {
  id: string;
  framerate: Fraction;
  streams: { name: string; stream: StreamProfile }[];
  children: PictureNode[];
  /** Has a tee, so that more can be hung on it; without one it is a single stream's. */
  fansOut: boolean;
}

type Camera = Pick<CameraProfile, 'capture' | 'streams'>;

/**
 * Arranges the streams' pictures so that each is made from the next larger one.
 * The root is what enters the tee: of the capture's shape, without bars, no
 * larger than a stream or the capture, as fast as the fastest stream.
 *
 * A picture with bars is made only from one without, or of its own shape:
 * bars around bars would shrink the picture.
 */
export function arrangePictures({ capture, streams }: Camera): PictureNode {
  const all = Object.values(streams);
  const rates = all.map(({ framerate }) => framerate).sort((a, b) => perSecond(b) - perSecond(a));
  const root = pictureNode('stage', stageSize(capture, all), rates[0] ?? [1, 1]);
  placeAll(entriesOf(streams), [root], capture);
  for (const node of [root, ...below(root)])
    node.fansOut = node === root || node.streams.length + node.children.length > 1;
  return root;
}

/**
 * The arrangement of other streams that leaves alone what runs: a stream whose
 * picture is the same stays where it is, the others are made from what the tees
 * offer that are there. Null when the root is too small or too slow for them.
 */
export function rearrangePictures(running: PictureNode, { capture, streams }: Camera): PictureNode | null {
  const enough = Object.values(streams).every(
    (stream) =>
      perSecond(stream.framerate) <= perSecond(running.framerate) &&
      stageSize(capture, [stream]).width <= running.width,
  );
  if (!enough) return null;
  const root = withStreams(running, streams);
  const nodes = [root, ...below(root)];
  const placed = new Set(nodes.flatMap((node) => node.streams.map(({ name }) => name)));
  const rest = entriesOf(streams).filter(({ name }) => !placed.has(name));
  const tees = nodes.filter(({ fansOut }) => fansOut);
  const added = placeAll(rest, tees, capture);
  for (const node of added) node.fansOut = node.streams.length + node.children.length > 1;
  prune(root);
  return root;
}

type Entry = PictureNode['streams'][number];

function entriesOf(streams: Camera['streams']): Entry[] {
  return Object.entries(streams).map(([name, stream]) => ({ name, stream }));
}

/** Hangs streams on these nodes, or on new ones below them, the largest first. Returns the new ones. */
function placeAll(entries: readonly Entry[], tees: readonly PictureNode[], capture: Size): PictureNode[] {
  const placed = [...tees];
  for (const entry of [...entries].sort((a, b) => bySizeThenRate(a.stream, b.stream))) {
    let node = placed.find((other) => samePicture(other, entry.stream));
    if (!node) {
      node = pictureNode(pictureId(entry.stream), entry.stream, entry.stream.framerate);
      parentOf(node, placed, capture).children.push(node);
      placed.push(node);
    }
    node.streams.push(entry);
  }
  return placed.slice(tees.length);
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
    if (child.fansOut || !stream || !sameSize(child, stream)) return copy;
    const limited = perSecond(child.framerate) < perSecond(node.framerate);
    if (!limited || perSecond(stream.framerate) >= perSecond(node.framerate)) return copy;
    return { ...copy, framerate: stream.framerate, streams: [{ name: only.name, stream }] };
  });
  return { ...node, streams, children };
}

/** Takes away the nodes that no stream needs any more. */
function prune(node: PictureNode): void {
  for (const child of node.children) prune(child);
  node.children = node.children.filter(({ streams, children }) => streams.length + children.length > 0);
}

/** Every node below this one, each after its parent. */
function below(node: PictureNode): PictureNode[] {
  return node.children.flatMap((child) => [child, ...below(child)]);
}

function pictureId({ width, height, framerate }: SizedAndTimed): string {
  return `${width}x${height}@${formatFramerate(framerate).replace('/', '-')}`;
}

function pictureNode(id: string, { width, height }: Size, framerate: Fraction): PictureNode {
  return { id, width, height, framerate, streams: [], children: [], fansOut: false };
}

function samePicture(a: SizedAndTimed, b: SizedAndTimed): boolean {
  return sameSize(a, b) && perSecond(a.framerate) === perSecond(b.framerate);
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function parentOf(child: PictureNode, placed: readonly PictureNode[], capture: Size): PictureNode {
  const fitting = placed.filter(
    (node) =>
      perSecond(node.framerate) >= perSecond(child.framerate) &&
      (sameShape(node, capture) || sameShape(node, child)) &&
      contentWidth(node, capture) >= contentWidth(child, capture),
  );
  const [best] = fitting.sort((a, b) => bySizeThenRate(b, a));
  // Nothing is large enough when a stream is larger than the capture.
  return best ?? (placed[0] as PictureNode);
}

function stageSize(capture: Size, streams: readonly Size[]): Size {
  const needed = Math.max(...streams.map((stream) => contentWidth(stream, capture)));
  if (needed >= capture.width) return { width: capture.width, height: capture.height };
  return { width: evenUp(needed), height: evenUp((needed * capture.height) / capture.width) };
}

/** How wide the capture's picture is inside a frame of this size, bars left out. */
function contentWidth(size: Size, capture: Size): number {
  return Math.min(size.width, (size.height * capture.width) / capture.height);
}

/** But for less than two rows, which rounding to even numbers can bring. */
export function sameShape(a: Size, b: Size): boolean {
  return Math.abs((a.width * b.height) / b.width - a.height) < 2;
}

type SizedAndTimed = Size & { framerate: Fraction };

/** Larger first, then faster. */
function bySizeThenRate(a: SizedAndTimed, b: SizedAndTimed): number {
  return b.width * b.height - a.width * a.height || perSecond(b.framerate) - perSecond(a.framerate);
}

function evenUp(pixels: number): number {
  return Math.ceil(pixels / 2 - 1e-9) * 2;
}
