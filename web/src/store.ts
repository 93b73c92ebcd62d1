/** What the page knows, kept up with the events. */
import type { ApiEvent } from '../../dist/src/api/events.js';
import type { CameraView, StreamView } from '../../dist/src/api/views.js';

export type Cameras = readonly CameraView[];

export function apply(cameras: Cameras, event: ApiEvent): Cameras {
  switch (event.event) {
    case 'stats':
      return event.cameras;
    case 'camera-state': {
      const { state, reason, detail, since, health } = event;
      return change(cameras, event.camera, { state, reason, detail, since, health });
    }
    case 'stream-open':
      return changeStream(cameras, event.camera, event.stream, { open: true });
    case 'stream-closed':
      return changeStream(cameras, event.camera, event.stream, { open: false });
    case 'readers':
      return changeStream(cameras, event.camera, event.stream, { readers: event.readers });
    case 'session-opened':
    case 'session-ended':
    case 'session-refused':
    case 'load':
    case 'controls':
    case 'device':
      return cameras;
  }
}

function change(cameras: Cameras, name: string, changes: Partial<CameraView>): Cameras {
  return cameras.map((camera) => (camera.name === name ? { ...camera, ...changes } : camera));
}

function changeStream(cameras: Cameras, name: string, stream: string, changes: Partial<StreamView>): Cameras {
  const camera = cameras.find((one) => one.name === name);
  if (!camera) return cameras;
  const streams = camera.streams.map((one) => (one.name === stream ? { ...one, ...changes } : one));
  return change(cameras, name, { streams });
}
