import type { CameraDirectory, MediaDirectory, StreamMedia } from '../api/ports.js';
import type { CameraView } from '../api/views.js';
import type { Cameras } from './cameras.js';
import { cameraView, type ViewContext } from './views.js';

/** What the API may see and use of the cameras. */
export class Directory implements CameraDirectory, MediaDirectory {
  readonly #cameras: Cameras;
  readonly #context: ViewContext;

  constructor(cameras: Cameras, context: ViewContext) {
    this.#cameras = cameras;
    this.#context = context;
  }

  cameras(): readonly CameraView[] {
    return this.#cameras.all.map((camera) => cameraView(camera, this.#context));
  }

  camera(name: string): CameraView | undefined {
    const camera = this.#cameras.find(name);
    return camera && cameraView(camera, this.#context);
  }

  stream(camera: string, stream: string): StreamMedia | undefined {
    const found = this.#cameras.find(camera)?.streams.find((one) => one.name === stream);
    return found?.media ?? undefined;
  }
}
