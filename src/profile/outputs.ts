import type { OutputKind, WrittenStream } from './schema.js';

/** The ways out that suit each codec. */
export const suitingOutputs: Readonly<Record<WrittenStream['codec'], readonly OutputKind[]>> = {
  h264: ['rtsp', 'mjpeg', 'picture', 'shm'],
  jpeg: ['rtsp', 'mjpeg', 'picture', 'shm'],
  raw: ['mjpeg', 'picture', 'shm'],
};

/** The ways out that a stream has: all that suit it, unless it restricts them. */
export function outputsOf(stream: Pick<WrittenStream, 'codec' | 'outputs'>): readonly OutputKind[] {
  return suitingOutputs[stream.codec].filter((output) => stream.outputs?.includes(output) ?? true);
}
