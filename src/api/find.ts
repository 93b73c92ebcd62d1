/** Names of a request → cameras and streams, or the problem that says which name is unknown. */

import type { CameraDirectory } from './ports.js';
import { notFound } from './problem.js';
import type { CameraView, StreamView } from './views.js';

export function findCamera(directory: CameraDirectory, name: string): CameraView {
  const camera = directory.camera(name);
  if (!camera) throw notFound(`there is no camera "${name}"`);
  return camera;
}

export function firstCamera(directory: CameraDirectory): CameraView {
  const [camera] = directory.cameras();
  if (!camera) throw notFound('the profile has no camera');
  return camera;
}

export function findStream(camera: CameraView, name: string): StreamView {
  const stream = camera.streams.find((one) => one.name === name);
  if (!stream) throw notFound(`the camera "${camera.name}" has no stream "${name}"`);
  return stream;
}

/** What a program that knows nothing of names gets: a JPEG stream costs no encode of its own. */
export function defaultStream(camera: CameraView, way: 'mjpeg' | 'picture'): StreamView {
  const offered = camera.streams.filter((one) => one.addresses[way] !== null);
  const stream = offered.find((one) => one.codec === 'jpeg') ?? offered[0];
  if (!stream) throw notFound(`the profile offers no stream of the camera "${camera.name}" as ${way}`);
  return stream;
}
