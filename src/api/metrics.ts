/** `/metrics`: what the views say, in Prometheus' form; filled when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { EventFeed } from './events.js';
import {
  cameraRows,
  jpegBranchRows,
  mjpegRows,
  muxedRows,
  type Row,
  sessionRows,
  streamRows,
} from './metric-rows.js';
import type { AccessCounts, CameraDirectory, MediaDirectory, SessionDirectory } from './ports.js';
import { type CameraView, cameraView, type JpegBranchView, type StreamView } from './views.js';

export interface MetricsOptions {
  cameras: CameraDirectory;
  media: MediaDirectory;
  feed: EventFeed;
  access: AccessCounts;
  sessions: SessionDirectory;
  version: string;
  /** Messages of pads that were never released, since the start. */
  leakedMessages(): number;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #options: MetricsOptions;
  readonly #cameras = new Table(this.#registry, cameraRows, ['camera']);
  readonly #streams = new Table(this.#registry, streamRows, ['camera', 'stream']);
  readonly #jpegBranches = new Table(this.#registry, jpegBranchRows, ['camera', 'branch']);
  readonly #mjpeg = new Table(this.#registry, mjpegRows, ['camera', 'stream']);
  readonly #muxed = new Table(this.#registry, muxedRows, ['camera', 'stream']);
  readonly #sessions = new Table(this.#registry, sessionRows, ['camera', 'stream', 'kind']);
  readonly #sessionsEnded = this.#counter('teecam_sessions_ended_total', 'Sessions that ended', [
    'kind',
    'reason',
  ]);
  readonly #sessionsRefused = this.#counter('teecam_sessions_refused_total', 'Viewers turned away', [
    'limit',
  ]);
  readonly #state = this.#gauge('teecam_camera_state', 'The state that the camera has: 1', [
    'camera',
    'state',
  ]);
  readonly #reason = this.#gauge('teecam_camera_reason', 'Why it has it: 1', ['camera', 'reason']);
  readonly #readers = this.#gauge('teecam_stream_readers', 'Readers by kind', ['camera', 'stream', 'kind']);
  readonly #leakedMessages: Counter;
  readonly #eventClients = this.#gauge('teecam_event_clients', 'Clients of the event feed', []);

  readonly #refused = new Counter({
    name: 'teecam_refused_attempts_total',
    help: 'Attempts to come in that were refused',
    labelNames: ['protocol', 'reason'],
    registers: [this.#registry],
  });

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#leakedMessages = new Counter({
      name: 'teecam_leaked_messages_total',
      help: 'Messages that a program in this process never released',
      registers: [this.#registry],
    });
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
    const { cameras, media, feed, access } = this.#options;
    const tables = [
      this.#cameras,
      this.#streams,
      this.#jpegBranches,
      this.#mjpeg,
      this.#muxed,
      this.#sessions,
    ];
    for (const table of tables) table.reset();
    this.#fillSessions();
    for (const gauge of [this.#state, this.#reason, this.#readers]) gauge.reset();
    this.#eventClients.set(feed.listenerCount);
    this.#leakedMessages.reset();
    this.#leakedMessages.inc(this.#options.leakedMessages());
    this.#refused.reset();
    for (const [protocol, refusals] of Object.entries(access.refusals)) {
      for (const [reason, count] of Object.entries(refusals)) this.#refused.inc({ protocol, reason }, count);
    }
    for (const camera of cameras.cameras()) {
      const labels = { camera: camera.name };
      this.#cameras.add(labels, camera);
      for (const state of cameraView.shape.state.options) {
        this.#state.set({ ...labels, state }, state === camera.state ? 1 : 0);
      }
      if (camera.reason !== null) this.#reason.set({ ...labels, reason: camera.reason }, 1);
      for (const branch of jpegBranches(camera)) {
        this.#jpegBranches.add({ ...labels, branch: branch.branch }, branch);
      }
      for (const stream of camera.streams) {
        this.#addStream({ ...labels, stream: stream.name }, stream);
        const stats = media.stream(camera.name, stream.name)?.mjpegStats();
        if (stats) this.#mjpeg.add({ ...labels, stream: stream.name }, stats);
        const muxed = media.muxed(camera.name, stream.name)?.stats();
        if (muxed) this.#muxed.add({ ...labels, stream: stream.name }, muxed);
      }
    }
  }

  #fillSessions(): void {
    const { sessions } = this.#options;
    for (const tally of sessions.tallies()) {
      const { camera, stream, kind } = tally;
      this.#sessions.add({ camera, stream, kind }, tally);
    }
    this.#sessionsEnded.reset();
    for (const { kind, reason, count } of sessions.endedByKind) {
      this.#sessionsEnded.inc({ kind, reason }, count);
    }
    this.#sessionsRefused.reset();
    for (const [limit, count] of Object.entries(sessions.refused)) {
      this.#sessionsRefused.inc({ limit }, count);
    }
  }

  #addStream(labels: Record<string, string>, stream: StreamView): void {
    this.#streams.add(labels, stream);
    for (const [kind, count] of Object.entries(stream.readers)) this.#readers.set({ ...labels, kind }, count);
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}

/** Each once, however many streams share it; one that is a stream is told of as such. */
function jpegBranches({ streams }: CameraView): Iterable<JpegBranchView> {
  const branches = new Map(streams.flatMap(({ jpeg }) => (jpeg ? [[jpeg.branch, jpeg] as const] : [])));
  for (const { name } of streams) branches.delete(name);
  return branches.values();
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
