import type {
  AnalysisDirectory,
  CameraDirectory,
  GraphDirectory,
  MediaDirectory,
  MuxedMedia,
  RunningGraphs,
  StreamAnalysis,
  StreamMedia,
} from '../api/ports.js';
import type { SessionsView } from '../api/session-views.js';
import type { CameraView } from '../api/views.js';
import { runningGraph } from '../plan/render/running.js';
import { renderRunningDot } from '../plan/render/running-dot.js';
import { renderRunningSvg } from '../plan/render/running-svg.js';
import type { Cameras } from './cameras.js';
import { runningCamera } from './running-camera.js';
import type { Stream } from './stream.js';
import { cameraView, readersView, type ViewContext } from './views.js';

/** What the API may see and use of the cameras. */
export class Directory implements CameraDirectory, MediaDirectory, GraphDirectory, AnalysisDirectory {
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

  graph(name: string): RunningGraphs | undefined {
    const camera = this.#cameras.find(name);
    if (!camera) return undefined;
    return {
      svg: () => renderRunningSvg(runningCamera(camera)),
      dot: () => renderRunningDot(runningCamera(camera)),
      json: () => ({ ...runningGraph(runningCamera(camera)), state: camera.supervisor.status.state }),
    };
  }

  /** Programs that read rings by themselves, where there are some. */
  ringReaders(): SessionsView['ringReaders'] {
    return this.#cameras.all.flatMap((camera) =>
      camera.streams.flatMap((stream) => {
        const { ring: readers } = readersView(camera, stream, this.#context);
        return readers > 0 ? [{ camera: camera.name, stream: stream.name, readers }] : [];
      }),
    );
  }

  stream(camera: string, stream: string): StreamMedia | undefined {
    return this.#find(camera, stream)?.media ?? undefined;
  }

  muxed(camera: string, stream: string): MuxedMedia | undefined {
    return this.#find(camera, stream)?.muxed ?? undefined;
  }

  analysis(camera: string, stream: string): StreamAnalysis | undefined {
    return this.#find(camera, stream)?.analysis;
  }

  #find(camera: string, stream: string): Stream | undefined {
    return this.#cameras.find(camera)?.streams.find((one) => one.name === stream);
  }
}
