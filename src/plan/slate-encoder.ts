import { type Capabilities, missingElements } from './capabilities.js';
import type { GraphNode, Media } from './graph.js';

type Step = Pick<GraphNode, 'element' | 'properties'>;

/** Of a still picture, where only its looks count. A hardware encoder may have one session, which a stream needs. */
const h264Encoders: readonly Step[] = [
  {
    element: 'x264enc',
    properties: {
      tune: 'zerolatency',
      'speed-preset': 'veryfast',
      threads: 1,
      pass: 'quant',
      quantizer: 22,
      'key-int-max': 1,
      cabac: false,
      dct8x8: false,
      'byte-stream': true,
    },
  },
  {
    element: 'openh264enc',
    properties: {
      'usage-type': 'screen',
      'multi-thread': 1,
      'slice-mode': 'n-slices',
      'num-slices': 1,
      'rate-control': 'off',
      'gop-size': 1,
    },
  },
];

export function canEncodeSlate(media: Media, { elements }: Capabilities): boolean {
  return media !== 'h264' || h264Encoders.some(({ element }) => elements[element] === true);
}

/**
 * What makes of the slate's I420 what the inlet carries, one behind the other;
 * nothing for raw pictures. It is done once for each slate. Throws `missing-element`.
 */
export function slateEncoder(media: Media, { elements }: Capabilities, purpose: string): GraphNode[] {
  const steps: Record<Media, () => Step[]> = {
    raw: () => [],
    jpeg: () => [
      { element: 'teecamfullrange', properties: {} },
      { element: 'jpegenc', properties: { quality: 85 } },
    ],
    h264: () => {
      const found = h264Encoders.find(({ element }) => elements[element] === true);
      if (!found) throw missingElements(['x264enc'], purpose);
      return [
        found,
        { element: 'h264parse', properties: { 'config-interval': -1 } },
        {
          element: 'capsfilter',
          properties: { caps: 'video/x-h264,stream-format=byte-stream,alignment=au' },
        },
      ];
    },
  };
  return steps[media]().map((step, index) => ({ id: `slate${index}`, ...step }));
}
