/** `/metrics`: what the views say, in Prometheus' form; filled when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { EventFeed } from './events.js';
import type { CameraDirectory, MediaDirectory, MjpegStats } from './ports.js';
import { type CameraView, cameraView, type StreamView } from './views.js';

interface Row<T> {
  name: string;
  help: string;
  type: 'counter' | 'gauge';
  /** Null: there is no value now, so there is no sample. */
  value: (subject: T) => number | null;
}

const seconds = (ms: number | null) => (ms === null ? null : ms / 1000);

const cameraRows: Row<CameraView>[] = [
  {
    name: 'teecam_camera_captured_frames_total',
    help: 'Frames that the source delivered',
    type: 'counter',
    value: (camera) => camera.captured,
  },
  {
    name: 'teecam_camera_dropped_frames_total',
    help: 'Captured frames replaced by a newer one before they were processed',
    type: 'counter',
    value: (camera) => camera.dropped,
  },
  {
    name: 'teecam_camera_slate_frames_total',
    help: 'Frames of the slate shown instead of the camera',
    type: 'counter',
    value: (camera) => camera.slates,
  },
  {
    name: 'teecam_camera_worker_restarts_total',
    help: "Starts of the camera's worker after the first",
    type: 'counter',
    value: (camera) => camera.restarts,
  },
  {
    name: 'teecam_camera_source_framerate',
    help: 'Frames a second that the source delivers, measured',
    type: 'gauge',
    value: (camera) => camera.source.measuredFramerate,
  },
];

const streamRows: Row<StreamView>[] = [
  {
    name: 'teecam_stream_open',
    help: 'Whether the branch runs',
    type: 'gauge',
    value: (stream) => (stream.open ? 1 : 0),
  },
  {
    name: 'teecam_stream_published_frames_total',
    help: 'Frames published in the ring',
    type: 'counter',
    value: (stream) => stream.published,
  },
  {
    name: 'teecam_stream_encoded_frames_total',
    help: 'Frames that entered the encoder',
    type: 'counter',
    value: (stream) => stream.encoded,
  },
  {
    name: 'teecam_stream_key_frames_total',
    help: 'Key frames published',
    type: 'counter',
    value: (stream) => stream.keyFrames,
  },
  {
    name: 'teecam_stream_bytes_total',
    help: 'Bytes published in the ring',
    type: 'counter',
    value: (stream) => stream.bytes,
  },
  {
    name: 'teecam_stream_dropped_frames_total',
    help: 'Frames lost between the tee and the ring',
    type: 'counter',
    value: (stream) => stream.dropped,
  },
  {
    name: 'teecam_stream_framerate',
    help: 'Frames a second published, measured',
    type: 'gauge',
    value: (stream) => stream.measuredFramerate,
  },
  {
    name: 'teecam_stream_latency_seconds',
    help: 'Capture to publication of the newest frame',
    type: 'gauge',
    value: (stream) => seconds(stream.latencyMs),
  },
  {
    name: 'teecam_stream_frame_age_seconds',
    help: 'Age of the newest frame now',
    type: 'gauge',
    value: (stream) => seconds(stream.ageMs),
  },
  {
    name: 'teecam_rtsp_clients',
    help: 'RTSP clients that are playing',
    type: 'gauge',
    value: (stream) => stream.readers.rtsp,
  },
];

const mjpegRows: Row<MjpegStats>[] = [
  { name: 'teecam_mjpeg_clients', help: 'MJPEG clients', type: 'gauge', value: (stats) => stats.clients },
  {
    name: 'teecam_mjpeg_frames_total',
    help: 'Frames sent to MJPEG clients, all together',
    type: 'counter',
    value: (stats) => stats.frames,
  },
  {
    name: 'teecam_mjpeg_skipped_frames_total',
    help: 'Frames that an MJPEG client was too slow for',
    type: 'counter',
    value: (stats) => stats.skipped,
  },
];

export interface MetricsOptions {
  cameras: CameraDirectory;
  media: MediaDirectory;
  feed: EventFeed;
  version: string;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #options: MetricsOptions;
  readonly #cameras = new Table(this.#registry, cameraRows, ['camera']);
  readonly #streams = new Table(this.#registry, streamRows, ['camera', 'stream']);
  readonly #mjpeg = new Table(this.#registry, mjpegRows, ['camera', 'stream']);
  readonly #state = this.#gauge('teecam_camera_state', 'The state that the camera has: 1', [
    'camera',
    'state',
  ]);
  readonly #reason = this.#gauge('teecam_camera_reason', 'Why it has it: 1', ['camera', 'reason']);
  readonly #readers = this.#gauge('teecam_stream_readers', 'Readers by kind', ['camera', 'stream', 'kind']);
  readonly #eventClients = this.#gauge('teecam_event_clients', 'Clients of the event feed', []);

  constructor(options: MetricsOptions) {
    this.#options = options;
    collectDefaultMetrics({ register: this.#registry, prefix: 'teecam_' });
    this.#gauge('teecam_build_info', 'Versions; always 1', ['version', 'node']).set(
      { version: options.version, node: process.version },
      1,
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    this.#fill();
    return this.#registry.metrics();
  }

  #fill(): void {
    const { cameras, media, feed } = this.#options;
    for (const table of [this.#cameras, this.#streams, this.#mjpeg]) table.reset();
    for (const gauge of [this.#state, this.#reason, this.#readers]) gauge.reset();
    this.#eventClients.set(feed.listenerCount);
    for (const camera of cameras.cameras()) {
      const labels = { camera: camera.name };
      this.#cameras.add(labels, camera);
      for (const state of cameraView.shape.state.options) {
        this.#state.set({ ...labels, state }, state === camera.state ? 1 : 0);
      }
      if (camera.reason !== null) this.#reason.set({ ...labels, reason: camera.reason }, 1);
      for (const stream of camera.streams) {
        this.#addStream({ ...labels, stream: stream.name }, stream);
        const stats = media.stream(camera.name, stream.name)?.mjpegStats();
        if (stats) this.#mjpeg.add({ ...labels, stream: stream.name }, stats);
      }
    }
  }

  #addStream(labels: Record<string, string>, stream: StreamView): void {
    this.#streams.add(labels, stream);
    for (const [kind, count] of Object.entries(stream.readers)) this.#readers.set({ ...labels, kind }, count);
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}

/** Metrics of one kind of subject, filled from its rows. */
class Table<T> {
  readonly #rows: readonly (readonly [Row<T>, Counter | Gauge])[];

  constructor(registry: Registry, rows: readonly Row<T>[], labelNames: string[]) {
    this.#rows = rows.map((row) => {
      const options = { name: row.name, help: row.help, labelNames, registers: [registry] };
      return [row, row.type === 'counter' ? new Counter(options) : new Gauge(options)];
    });
  }

  reset(): void {
    for (const [, metric] of this.#rows) metric.reset();
  }

  add(labels: Record<string, string>, subject: T): void {
    for (const [row, metric] of this.#rows) {
      const value = row.value(subject);
      if (value !== null) metric.inc(labels, value);
    }
  }
}
