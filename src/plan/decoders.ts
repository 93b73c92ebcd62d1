import { type Capabilities, missingElements } from './capabilities.js';
import type { EncodedDelivery } from './delivery.js';
import type { GraphNode } from './graph.js';

type Decoder = Pick<GraphNode, 'element' | 'properties'>;

/** Never an error: what comes next can be decoded again. */
const lenient = { 'max-errors': -1 } as const;

/** The first that the machine has is taken. */
const decoders: Readonly<Record<EncodedDelivery['media'], readonly Decoder[]>> = {
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

export function hasDecoder(media: EncodedDelivery['media'], { elements }: Capabilities): boolean {
  return decoders[media].some(({ element }) => elements[element] === true);
}

/** Throws `missing-element`. */
export function chooseDecoder(
  media: EncodedDelivery['media'],
  { elements }: Capabilities,
  purpose: string,
): Decoder {
  const found = decoders[media].find(({ element }) => elements[element] === true);
  if (found) return found;
  const [best] = decoders[media];
  throw missingElements(best ? [best.element] : [], purpose);
}
