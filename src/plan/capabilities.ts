import { z } from 'zod';
import { TeecamError } from '../base/error.js';
import type { Graph } from './graph.js';
import { packageOf, plannedElements } from './packages.js';

/** What became of trying an encoder. */
export const encoderTried = z.strictObject({
  works: z.boolean(),
  /** A sentence for people: what it did, or why it is refused. */
  detail: z.string(),
});
export type EncoderTried = z.infer<typeof encoderTried>;

/** What this machine can do, as far as a plan depends on it. */
export const capabilitiesSchema = z.strictObject({
  /** Which machine, and how it is known; for people. */
  machine: z.string().optional(),
  /** By factory name; an element that is not listed is missing. */
  elements: z.record(z.string(), z.boolean()),
  /** H.264 encoders by factory name; one that is not listed was not tried. */
  encoders: z.record(z.string(), encoderTried).optional(),
});
export type Capabilities = z.infer<typeof capabilitiesSchema>;

/** A machine with every package that Teecam can use, of which nothing was tried. */
export const fullCapabilities: Capabilities = {
  elements: Object.fromEntries(plannedElements.map((element) => [element, true])),
};

/** What elements of ours are made of. */
const within: Readonly<Record<string, readonly string[]>> = { teecamhttpsrc: ['souphttpsrc'] };

export interface MissingElement {
  element: string;
  package: string;
}

/** Throws `missing-element`, which names the packages, if the graph needs what the machine lacks. */
export function requireElements(graph: Graph, capabilities: Capabilities, purpose: string): void {
  const needed = [...new Set(graph.nodes.flatMap(({ element }) => [element, ...(within[element] ?? [])]))];
  const missing = needed.filter((element) => capabilities.elements[element] !== true);
  if (missing.length > 0) throw missingElements(missing, purpose);
}

export function missingElements(elements: readonly string[], purpose: string): TeecamError {
  const missing: MissingElement[] = elements.map((element) => ({
    element,
    package: packageOf[element] ?? 'unknown',
  }));
  const packages = [...new Set(missing.map((one) => one.package))];
  const install = packages.includes('teecam')
    ? 'build Teecam with scripts/start'
    : `apt-get install ${packages.join(' ')}`;
  const message = `${purpose} needs ${elements.join(', ')}, which GStreamer does not have here: ${install}`;
  return new TeecamError('missing-element', message, { details: { elements: missing } });
}
