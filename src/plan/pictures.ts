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
}

/**
 * Arranges the streams' pictures so that each is made from the next larger one.
 * The root is what enters the tee: of the capture's shape, without bars, no
 * larger than a stream or the capture, as fast as the fastest stream.
 *
 * A picture with bars is made only from one without, or of its own shape:
 * bars around bars would shrink the picture.
 */
export function arrangePictures(camera: Pick<CameraProfile, 'capture' | 'streams'>): PictureNode {
  const { capture } = camera;
  const entries = Object.entries(camera.streams).map(([name, stream]) => ({ name, stream }));
  const rates = entries.map(({ stream }) => stream.framerate).sort((a, b) => perSecond(b) - perSecond(a));
  const root = pictureNode(
    stageSize(
      capture,
      entries.map(({ stream }) => stream),
    ),
    rates[0] ?? [1, 1],
  );
  root.id = 'stage';
  const placed = [root];
  for (const entry of entries.sort((a, b) => bySizeThenRate(a.stream, b.stream))) {
    let node = placed.find((other) => samePicture(other, entry.stream));
    if (!node) {
      node = pictureNode(entry.stream, entry.stream.framerate);
      parentOf(node, placed, capture).children.push(node);
      placed.push(node);
    }
    node.streams.push(entry);
  }
  return root;
}

function pictureNode({ width, height }: Size, framerate: Fraction): PictureNode {
  const id = `${width}x${height}@${formatFramerate(framerate).replace('/', '-')}`;
  return { id, width, height, framerate, streams: [], children: [] };
}

function samePicture(node: PictureNode, stream: StreamProfile): boolean {
  return (
    node.width === stream.width &&
    node.height === stream.height &&
    perSecond(node.framerate) === perSecond(stream.framerate)
  );
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
function sameShape(a: Size, b: Size): boolean {
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
