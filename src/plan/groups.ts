/** What is encoded in groups of pictures, whose frames need those before them back to a key frame. */
import type { Media } from './graph.js';
import type { GraphBuilder } from './graph-builder.js';

const parsers: Partial<Record<Media, string>> = { h264: 'h264parse', h265: 'h265parse' };

export function comesInGroups(media: Media): boolean {
  return parsers[media] !== undefined;
}

/** Parameter sets in front of every key frame, so that a reader can begin at any. Nothing for what has no groups. */
export function addParser(builder: GraphBuilder, from: string, media: Media): string {
  const parser = parsers[media];
  return parser === undefined ? from : builder.add(from, 'parse', parser, { 'config-interval': -1 });
}
