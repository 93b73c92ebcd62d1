import { EventFeed } from '../api/events.js';
import { systemClock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import { type Log, silentLog } from '../base/log.js';
import { loadNative } from '../native/load.js';
import { plannedElements } from '../plan/packages.js';
import { planStage } from '../plan/stage.js';
import { profileFromValue } from '../profile/load.js';
import { Addresses } from './addresses.js';
import type { Camera } from './camera.js';
import { checkFiles } from './camera-files.js';
import { Cameras, ringRequests } from './cameras.js';
import { Closers } from './closers.js';
import { coresInProcess, coresInWorkers } from './core-starter.js';
import { demoProfile } from './demo.js';
import { watchDevices } from './device-watch.js';
import { Directory } from './directory.js';
import { HttpFront } from './http-front.js';
import { openMjpegPorts, openRtsp } from './outputs.js';
import { readProfileFile } from './profile-file.js';
import { RingSet, removeStaleRings, ringFolder } from './ring-set.js';
import { RuntimeFolder } from './runtime-folder.js';
import { SourcePlanner } from './source-planner.js';

/** The whole appliance ends within five seconds; the workers get the larger part of them. */
const workerDeadlineMs = 3500;
const sweepMs = 5000;
const tickMs = 1000;

export interface ApplianceOptions {
  /** Each `path=value`, laid over a profile that is given by its path. */
  set?: readonly string[];
  log?: Log;
  /** Where no camera is connected at the start, cameras with the source `auto` show a moving test picture. */
  demo?: boolean;
  /** Cores in this process instead of a worker process each: no fault walls, but no child processes. */
  inProcess?: boolean;
  /** Told while it starts how to abandon it, as soon as there is something that would outlive the program. */
  onAbandonable?: (abandon: () => void) => void;
}

interface Parts {
  cameras: Cameras;
  addresses: Addresses;
  notices: readonly string[];
  abandon: () => void;
}

/** A running Teecam: cameras, rings, RTSP, HTTP. */
export class Appliance {
  readonly #parts: Parts;
  readonly #closers: Closers;
  #closing: Promise<void> | null = null;

  private constructor(parts: Parts, closers: Closers) {
    this.#parts = parts;
    this.#closers = closers;
  }

  /**
   * Takes the path of a profile (`TEECAM_` variables are laid over it), or a profile as a value. Rejects with
   * `bad-profile`, `bad-source`, `missing-element`, `missing-native`,
   * `no-space`, `owned`, `address-in-use`, `no-permission` or `failed`; then no
   * process, no file and no socket of it is left.
   */
  static async start(profile: unknown, options: ApplianceOptions = {}): Promise<Appliance> {
    const log = options.log ?? silentLog;
    const closers = new Closers(log);
    try {
      return new Appliance(await startParts(profile, options, closers, log), closers);
    } catch (error) {
      await closers.close();
      throw error;
    }
  }

  get cameras(): readonly Camera[] {
    return this.#parts.cameras.all;
  }

  /** Throws `not-found`. */
  camera(name: string): Camera {
    const camera = this.#parts.cameras.find(name);
    if (!camera) throw new TeecamError('not-found', `there is no camera ${name}`, { expose: true });
    return camera;
  }

  get addresses(): Addresses {
    return this.#parts.addresses;
  }

  /** Sentences for the person who started it. */
  get notices(): readonly string[] {
    return this.#parts.notices;
  }

  /** Ends everything, within five seconds. Twice is once. */
  close(): Promise<void> {
    this.#closing ??= this.#closers.close();
    return this.#closing;
  }

  /** For a program that must end at once: takes away what would outlive it. Workers see its end by themselves. */
  abandon(): void {
    this.#parts.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Whatever has been opened is known to `closers` before the next thing is tried. */
async function startParts(
  written: unknown,
  options: ApplianceOptions,
  closers: Closers,
  log: Log,
): Promise<Parts> {
  const loaded =
    typeof written === 'string'
      ? await readProfileFile(written, options.set)
      : profileFromValue(written, process.cwd());
  const native = loadNative();
  const startCore = options.inProcess ? coresInProcess(native) : await coresInWorkers();
  const demo = options.demo ? await demoProfile(loaded.profile, native) : null;
  const profile = demo?.profile ?? loaded.profile;
  const notices = [...loaded.warnings, ...(demo?.notice ? [demo.notice] : [])];

  const { instance } = profile;
  const capabilities = { elements: await native.elements(plannedElements) };
  const stages = Object.entries(profile.cameras).map(([camera, cameraProfile]) =>
    planStage({ camera, profile: cameraProfile, capabilities, instance, ringFolder }),
  );

  const requests = ringRequests(profile, stages);
  const rings = RingSet.make(native, requests, log);
  closers.add('rings', () => rings[Symbol.dispose]());
  removeStaleRings(native, instance, new Set(requests.map((request) => request.path)), log);
  const folder = await RuntimeFolder.create();
  closers.add('runtime folder', () => folder.remove());
  const abandon = () => {
    rings[Symbol.dispose]();
    folder.removeNow();
  };
  options.onAbandonable?.(abandon);

  let feed: EventFeed | null = null;
  const onChange = () => feed?.update();
  const sources = new SourcePlanner(native, capabilities, log);
  const cameras = new Cameras({
    profile,
    stages,
    native,
    startCore,
    folder: folder.path,
    sources,
    log,
    onChange,
  });
  closers.add('cameras', () => cameras.close(workerDeadlineMs));
  await cameras.start();
  for (const camera of cameras.all) await checkFiles(camera, sources);

  const addresses = new Addresses(profile);
  const rtsp = await openRtsp(native, profile, cameras, addresses, closers, log);
  await openMjpegPorts(profile, cameras, addresses, closers, log);
  const directory = new Directory(cameras, { addresses, rings, rtsp });
  const events = new EventFeed(directory);
  feed = events;
  const http = await HttpFront.open({
    ...profile.http,
    cameras: directory,
    media: directory,
    graphs: directory,
    feed: events,
    log,
  });
  closers.add('HTTP', () => http.close());
  addresses.httpListens(http.port);

  const timers = [
    systemClock.every(sweepMs, () => rings.sweep()),
    systemClock.every(tickMs, () => events.tick()),
  ];
  const devices = watchDevices(log, () => cameras.devicesChanged());
  closers.add('timers', () => {
    for (const timer of timers) timer.cancel();
    devices[Symbol.dispose]();
  });
  return { cameras, addresses, notices, abandon };
}
