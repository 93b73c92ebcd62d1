import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fullCapabilities } from '../src/plan/capabilities.js';
import type { Graph } from '../src/plan/graph.js';
import { planSource, type ResolvedSource } from '../src/plan/source.js';
import { output } from '../test/support/child.js';
import { footage } from '../test/support/footage.js';
import { repository } from '../test/support/repository.js';

/** The same frames for both sides: as a profile says it, and as gst-launch is told it. */
export interface BenchSource {
  uri: string;
  capture: { width: number; height: number; framerate: number };
  /** Elements with their properties, in their order, up to where the frames come out. */
  elements: string[];
}

/** What the specification's camera gives. */
const full = { width: 1920, height: 1080, framerate: 60 };

/** The moving test picture, with the clock that Teecam writes on it. */
export function testSource(): BenchSource {
  return { uri: 'test', capture: full, elements: elementsOf({ kind: 'test', pattern: null }, full) };
}

/**
 * The tests' footage as a camera of full size would give it: each of its frames scaled up, as many a second as the
 * test picture has, for longer than it is measured. Encoded so that decoding costs little.
 */
export async function footageSource(): Promise<BenchSource> {
  const clip = join(repository, 'build', 'footage', 'bench-1080p60.mp4');
  if (!existsSync(clip)) await makeClip(await footage(), clip);
  const elements = elementsOf({ kind: 'file', files: [clip], loops: null }, full);
  // Teecam's outlet waits for the clock; gst-launch has no outlet.
  return { uri: `file:${clip}`, capture: full, elements: [...elements, 'identity sync=true'] };
}

async function makeClip(from: string, clip: string): Promise<void> {
  await mkdir(join(clip, '..'), { recursive: true });
  const whole = `${clip}.part.mp4`;
  await output(
    'ffmpeg',
    [
      ...[
        '-v',
        'error',
        '-y',
        '-stream_loop',
        '-1',
        '-r',
        `${full.framerate}`,
        '-i',
        from,
        '-an',
        '-frames:v',
        '3600',
      ],
      ...[
        '-vf',
        `scale=${full.width}:${full.height}:flags=bicubic,format=yuv420p`,
        '-c:v',
        'libx264',
        '-preset',
        'ultrafast',
      ],
      ...['-tune', 'fastdecode', '-crf', '20', whole],
    ],
    600_000,
  );
  await rename(whole, clip);
}

/** As the planner makes it, without the outlet. */
function elementsOf(source: ResolvedSource, capture: BenchSource['capture']): string[] {
  const { graph, outlet } = planSource(
    source,
    { capture: { ...capture, framerate: [capture.framerate, 1], format: null }, streams: {} },
    null,
    fullCapabilities,
  ).plan;
  return inOrder(graph)
    .filter(({ id }) => id !== outlet)
    .map(({ element, properties }) =>
      [element, ...Object.entries(properties).map(([name, value]) => `${name}=${value}`)].join(' '),
    );
}

function inOrder(graph: Graph): Graph['nodes'] {
  const next = new Map(graph.links.map(({ from, to }) => [from, to]));
  const fed = new Set(graph.links.map(({ to }) => to));
  const ordered: Graph['nodes'] = [];
  let node = graph.nodes.find(({ id }) => !fed.has(id));
  while (node) {
    ordered.push(node);
    const following: string | undefined = next.get(node.id);
    node = graph.nodes.find(({ id }) => id === following);
  }
  if (ordered.length !== graph.nodes.length) throw new Error('the source is not one row of elements');
  return ordered;
}
