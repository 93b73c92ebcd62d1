import type { GraphNode } from './graph.js';

/** By default an appsink waits for the clock (36 ms at 30 frames a second) and keeps its last frame, and with it the device. */
export const liveOutletProperties = {
  caps: 'video/x-raw',
  sync: false,
  'max-buffers': 2,
  drop: true,
  'enable-last-sample': false,
  'emit-signals': false,
  qos: false,
} as const satisfies GraphNode['properties'];
