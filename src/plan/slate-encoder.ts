import { type Capabilities, missingElements } from './capabilities.js';
import type { GraphNode, Media } from './graph.js';

type Step = Pick<GraphNode, 'element' | 'properties'>;

/** Of a still picture, where only its looks count. A hardware encoder may have one session, which a stream needs. */
const encoders: Readonly<Record<'h264' | 'h265', readonly Step[]>> = {
  h264: [
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
  ],
  h265: [
    {
      element: 'x265enc',
      properties: {
        tune: 'zerolatency',
        'speed-preset': 'veryfast',
        qp: 22,
        'key-int-max': 1,
        // One picture is no work for the threads that it would start for each processor.
        'option-string': 'pools=none:frame-threads=1',
      },
    },
  ],
};

/** Null: nothing is missing. */
export function missingForSlate(media: Media, { elements }: Capabilities): string | null {
  if (media !== 'h264' && media !== 'h265') return null;
  const found = encoders[media].some(({ element }) => elements[element] === true);
  return found ? null : (encoders[media][0]?.element ?? null);
}

/**
 * What makes of the slate's I420 what the inlet carries, one behind the other;
 * nothing for raw pictures. It is done once for each slate. Throws `missing-element`.
 */
export function slateEncoder(media: Media, { elements }: Capabilities, purpose: string): GraphNode[] {
  const inGroups = (codec: 'h264' | 'h265'): Step[] => {
    const found = encoders[codec].find(({ element }) => elements[element] === true);
    if (!found)
      throw missingElements(
        encoders[codec].slice(0, 1).map(({ element }) => element),
        purpose,
      );
    const caps = `video/x-${codec},stream-format=byte-stream,alignment=au`;
    return [
      found,
      { element: `${codec}parse`, properties: { 'config-interval': -1 } },
      { element: 'capsfilter', properties: { caps } },
    ];
  };
  const steps: Record<Media, () => Step[]> = {
    raw: () => [],
    jpeg: () => [
      { element: 'teecamfullrange', properties: {} },
      { element: 'jpegenc', properties: { quality: 85 } },
    ],
    h264: () => inGroups('h264'),
    h265: () => inGroups('h265'),
  };
  return steps[media]().map((step, index) => ({ id: `slate${index}`, ...step }));
}
