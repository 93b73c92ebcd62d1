/** What a state and its reason mean, for the person in front of the page. */
import type { CameraView, StreamView } from '../../dist/src/api/views.js';

export const codecWords: Readonly<Record<StreamView['codec'], string>> = {
  h264: 'H.264',
  h265: 'H.265',
  jpeg: 'JPEG',
  raw: 'Raw',
};

export const stateWords: Readonly<Record<CameraView['state'], string>> = {
  live: 'Live',
  starting: 'Starting',
  slate: 'No picture',
  asleep: 'Asleep',
  stopped: 'Stopped',
};

const reasonWords: Readonly<Record<string, string>> = {
  'no-device': 'No camera was found',
  busy: 'Another program is using the camera',
  'no-permission': 'The camera may not be opened',
  'format-refused': 'The camera gives none of the formats asked for',
  stalled: 'The camera stopped sending frames',
  'no-key-frame': 'The camera sends, and the picture begins with its next key frame',
  gone: 'The camera went away',
  'no-signal': 'Nothing feeds the device',
  'not-started': 'The camera does not start',
  'read-failed': 'Reading from the camera fails',
  wedged: 'The driver hangs: unplug the camera and plug it in again',
  slow: 'The camera gives far fewer frames than it promised',
  untrusted: 'The certificate of the camera is not trusted',
  unreachable: 'The camera does not answer',
  refused: 'The camera wants another user or password',
  corrupt: 'What the camera sends cannot be decoded',
  ended: 'The file has come to its end',
  'missing-element': 'A GStreamer plugin is missing',
  failed: 'The source failed',
  'worker-died': 'The camera process ended and is being started again',
  'circuit-open': 'The camera process keeps failing; the next try is delayed',
};

/** A sentence, or an empty text for a camera that is well. */
export function troubleOf(camera: CameraView): string {
  if (camera.reason === null) return camera.state === 'slate' ? 'The source gives no picture' : '';
  return reasonWords[camera.reason] ?? camera.reason;
}
