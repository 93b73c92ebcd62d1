/** What clients of `/api/v1/events` are told, and how it is found out. */
import { z } from 'zod';
import { controlView } from './control-views.js';
import { loadEvent } from './load-views.js';
import type { CameraDirectory } from './ports.js';
import { deviceView } from './routes/devices.js';
import { sessionEvents } from './session-views.js';
import { type CameraView, cameraView, type StreamView } from './views.js';

export const apiEvent = z.discriminatedUnion('event', [
  /** The first event of every client, and then once a second: everything there is to know. */
  z.strictObject({ event: z.literal('stats'), at: z.string(), cameras: z.array(cameraView) }),
  cameraView
    .pick({ state: true, reason: true, detail: true, since: true, health: true })
    .extend({ event: z.literal('camera-state'), camera: z.string() }),
  z.strictObject({ event: z.literal('stream-open'), camera: z.string(), stream: z.string() }),
  z.strictObject({ event: z.literal('stream-closed'), camera: z.string(), stream: z.string() }),
  z.strictObject({
    event: z.literal('readers'),
    camera: z.string(),
    stream: z.string(),
    readers: cameraView.shape.streams.element.shape.readers,
  }),
  ...sessionEvents,
  loadEvent,
  /** A camera's controls are others than before: all of them. */
  z.strictObject({
    event: z.literal('controls'),
    camera: z.string(),
    controls: z.array(controlView),
  }),
  /** A video device was connected or disconnected, or is another than before; `device` as it was, or is. */
  z.strictObject({
    event: z.literal('device'),
    action: z.enum(['added', 'removed', 'changed']),
    device: deviceView,
  }),
]);
export type ApiEvent = z.infer<typeof apiEvent>;
export type EventListener = (event: ApiEvent) => void;

/**
 * Compares what the directory says now with what it said before. Whoever
 * changes something calls `update()`, a timer calls `tick()` once a second.
 */
export class EventFeed {
  readonly #directory: CameraDirectory;
  readonly #listeners = new Set<EventListener>();
  #known: readonly CameraView[] = [];

  constructor(directory: CameraDirectory) {
    this.#directory = directory;
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Begins with a `stats` event for this listener. Listeners must not throw. */
  listen(listener: EventListener): () => void {
    if (this.#listeners.size === 0) this.#known = structuredClone(this.#directory.cameras());
    this.#listeners.add(listener);
    listener(this.#stats());
    return () => void this.#listeners.delete(listener);
  }

  /** Something may have changed. */
  update(): void {
    if (this.#listeners.size === 0) return;
    const now = structuredClone(this.#directory.cameras());
    for (const event of changes(this.#known, now)) this.#emit(event);
    this.#known = now;
  }

  /** What is known to have happened, and need not be found out. */
  tell(event: ApiEvent): void {
    this.#emit(event);
  }

  /** Once a second. */
  tick(): void {
    if (this.#listeners.size === 0) return;
    this.update();
    this.#emit(this.#stats());
  }

  #stats(): ApiEvent {
    return { event: 'stats', at: new Date().toISOString(), cameras: [...this.#directory.cameras()] };
  }

  #emit(event: ApiEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function* changes(before: readonly CameraView[], now: readonly CameraView[]): Generator<ApiEvent> {
  for (const camera of now) {
    const old = before.find((one) => one.name === camera.name);
    const { state, reason, detail, since, health } = camera;
    if (old?.state !== state || old.reason !== reason || old.health !== health || old.since !== since) {
      yield { event: 'camera-state', camera: camera.name, state, reason, detail, since, health };
    }
    for (const stream of camera.streams) {
      yield* streamChanges(
        camera.name,
        old?.streams.find((one) => one.name === stream.name),
        stream,
      );
    }
  }
}

function* streamChanges(camera: string, old: StreamView | undefined, now: StreamView): Generator<ApiEvent> {
  if ((old?.open ?? false) !== now.open) {
    yield { event: now.open ? 'stream-open' : 'stream-closed', camera, stream: now.name };
  }
  const kinds = Object.keys(now.readers) as (keyof StreamView['readers'])[];
  if (!old || kinds.some((kind) => old.readers[kind] !== now.readers[kind])) {
    yield { event: 'readers', camera, stream: now.name, readers: now.readers };
  }
}
