import type { GraphNode, Media, SourcePlan } from './graph.js';
import type { GraphBuilder } from './graph-builder.js';

const outletCaps: Readonly<Record<Media, string>> = {
  raw: 'video/x-raw',
  jpeg: 'image/jpeg',
  h264: 'video/x-h264,stream-format=byte-stream,alignment=au',
  h265: 'video/x-h265,stream-format=byte-stream,alignment=au',
};

/** By default an appsink waits for the clock (36 ms at 30 frames a second) and keeps its last frame, and with it the device. */
export const liveOutlet = (media: Media) =>
  ({
    caps: outletCaps[media],
    sync: false,
    'max-buffers': 2,
    drop: true,
    'enable-last-sample': false,
    'emit-signals': false,
    qos: false,
  }) as const satisfies GraphNode['properties'];

/** A source on this machine whose last element is `head`. */
export function livePlan(builder: GraphBuilder, head: string, media: Media): SourcePlan {
  const outlet = builder.add(head, 'outlet', 'appsink', liveOutlet(media));
  return {
    graph: builder.graph,
    media,
    outlet,
    playlist: null,
    foreignClock: false,
    certificate: null,
  };
}
