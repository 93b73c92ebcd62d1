import type { BranchProfile } from './profile.js';
import type { OutputKind, WrittenStream } from './schema.js';

type Codec = WrittenStream['codec'] | BranchProfile['codec'];

/** The ways out that suit each codec. */
export const suitingOutputs: Readonly<Record<Codec, readonly OutputKind[]>> = {
  h264: ['rtsp', 'mjpeg', 'picture', 'ts', 'mp4', 'ws', 'shm', 'shmsink'],
  h265: ['rtsp', 'mjpeg', 'picture', 'ws', 'shm', 'shmsink'],
  jpeg: ['rtsp', 'mjpeg', 'picture', 'ws', 'shm', 'shmsink'],
  copy: ['rtsp', 'mjpeg', 'picture', 'ts', 'mp4', 'ws', 'shm', 'shmsink'],
  raw: ['mjpeg', 'picture', 'ws', 'shm', 'shmsink'],
};

/** These take memory whether or not somebody uses them: a stream has them only when asked for. */
const onRequest: readonly OutputKind[] = ['shmsink'];

/** The ways out that a stream has: all that suit it, unless it restricts them. */
export function outputsOf(stream: Pick<WrittenStream, 'outputs'> & { codec: Codec }): readonly OutputKind[] {
  return suitingOutputs[stream.codec].filter(
    (output) => stream.outputs?.includes(output) ?? !onRequest.includes(output),
  );
}
