import { type Capabilities, missingElements } from './capabilities.js';
import type { EncodedDelivery } from './delivery.js';
import type { GraphNode } from './graph.js';

export type Decoder = Pick<GraphNode, 'element' | 'properties'>;
export type EncodedMedia = EncodedDelivery['media'];

export const encodedMedia = ['jpeg', 'h264', 'h265'] as const satisfies readonly EncodedMedia[];

/** Never an error: what comes next can be decoded again. */
const lenient = { 'max-errors': -1 } as const;

/** The first that the machine has is taken. */
const decoders: Readonly<Record<EncodedMedia, readonly [Decoder, ...Decoder[]]>> = {
  jpeg: [{ element: 'jpegdec', properties: lenient }],
  h264: [
    // One thread: with more it decodes as many frames at once, and gives each so much later.
    { element: 'avdec_h264', properties: { ...lenient, 'max-threads': 1, 'output-corrupt': false } },
    { element: 'openh264dec', properties: lenient },
  ],
  h265: [
    { element: 'avdec_h265', properties: { ...lenient, 'max-threads': 1, 'output-corrupt': false } },
    { element: 'libde265dec', properties: { ...lenient, 'max-threads': 1 } },
  ],
};

export function hasDecoder(media: EncodedMedia, capabilities: Capabilities): boolean {
  return findDecoder(media, capabilities) !== undefined;
}

/** The one that is used. */
export function findDecoder(media: EncodedMedia, { elements }: Capabilities): Decoder | undefined {
  return decoders[media].find(({ element }) => elements[element] === true);
}

/** Throws `missing-element`. */
export function chooseDecoder(media: EncodedMedia, capabilities: Capabilities, purpose: string): Decoder {
  const found = findDecoder(media, capabilities);
  if (found) return found;
  throw missingElements([decoders[media][0].element], purpose);
}
