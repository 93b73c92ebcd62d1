/** Cameras that are soldered or plugged to a board and give no pictures through V4L2 alone, and bins. */
import type { CameraProfile } from '../profile/profile.js';
import { captureCaps } from './capture-format.js';
import type { SourcePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { livePlan } from './outlet.js';

type Capture = CameraProfile['capture'];

/** `id`: libcamera's name of the camera; null: the first one. */
export function planLibcamera(id: string | null, capture: Capture): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'libcamerasrc', id === null ? {} : { 'camera-name': id });
  // It takes the first that it has of these; without a list it may choose one that the sensor's raw data is in.
  const format = capture.format ?? '{ I420, NV12, YUY2, RGB, BGR }';
  const { width, height, framerate } = capture;
  const caps =
    format === 'JPEG'
      ? captureCaps({ media: 'image/jpeg', format, width, height, framerate })
      : captureCaps({ media: 'video/x-raw', format, width, height, framerate });
  let head = builder.caps(camera, 'capture', caps);
  if (format === 'JPEG') head = builder.add(head, 'decode', 'jpegdec');
  return livePlan(builder, head, 'raw');
}

/** The sensor's pictures come in the Jetson's own memory, and only nvvidconv takes them out of it. */
export function planArgus(sensor: number, { width, height, framerate }: Capture): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'nvarguscamerasrc', { 'sensor-id': sensor });
  const size = `width=${width},height=${height},framerate=${framerate.join('/')}`;
  const capture = builder.caps(camera, 'capture', `video/x-raw(memory:NVMM),format=NV12,${size}`);
  const convert = builder.add(capture, 'convert', 'nvvidconv');
  const head = builder.caps(convert, 'memory', 'video/x-raw,format=I420');
  return livePlan(builder, head, 'raw');
}

/** `description`: elements as gst-launch has them; the last one gives raw pictures. */
export function planBin(description: string): SourcePlan {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'bin', { description });
  // Nobody knows what is in it: also a camera of the network.
  return { ...livePlan(builder, camera, 'raw'), foreignClock: true };
}
