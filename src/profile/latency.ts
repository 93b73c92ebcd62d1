import type { LatencyMode } from './schema.js';

/** How many frames may wait where. */
export interface Buffers {
  /** Between the source and the streams. */
  inlet: number;
  /** In front of each stream's encoder. */
  branch: number;
  /** In the ring of a raw stream. */
  ring: number;
  /** To be sent by RTSP. */
  rtsp: number;
}

/**
 * `low`: at the inlet the newest frame counts and no other; four frames are a
 * branch's grace when it was not scheduled in time; a reader of a ring of eight
 * has seven frame periods for a frame, 117 ms at 60 a second (with four slots
 * readers that took 60 ms were seen to lose most of their frames); RTSP may be
 * a second late at 30 a second.
 */
export const buffersOf: Readonly<Record<LatencyMode, Buffers>> = {
  low: { inlet: 1, branch: 4, ring: 8, rtsp: 30 },
  balanced: { inlet: 2, branch: 8, ring: 16, rtsp: 60 },
  smooth: { inlet: 4, branch: 16, ring: 32, rtsp: 120 },
};
