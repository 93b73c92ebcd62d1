import type { Server } from 'node:http';
import { EventFeed } from '../api/events.js';
import type { ChangeView } from '../api/views.js';
import { systemClock } from '../base/clock.js';
import { messageOf, TeecamError } from '../base/error.js';
import { type Log, silentLog } from '../base/log.js';
import { loadNative } from '../native/load.js';
import { limitUnsent } from '../output/unsent.js';
import { rawDelivery } from '../plan/delivery.js';
import type { Access } from './access.js';
import { Addresses } from './addresses.js';
import type { Camera } from './camera.js';
import { CameraControls } from './camera-controls.js';
import { Cameras } from './cameras.js';
import { encoderTrial, encoderViews } from './capabilities.js';
import { Closers } from './closers.js';
import { viewOfControl } from './control-view.js';
import { coresInProcess, coresInWorkers } from './core-starter.js';
import { DecoderTrials } from './decoder-trials.js';
import { DeviceList } from './device-list.js';
import { DeviceTeller } from './device-teller.js';
import { DeviceWatch } from './device-watch.js';
import { Directory } from './directory.js';
import { EncoderFailures } from './encoder-failures.js';
import { EncoderTrials } from './encoder-trials.js';
import { HttpFront } from './http-front.js';
import { LoadKeeper } from './load-keeper.js';
import { type OpenedProfile, openProfile } from './opened-profile.js';
import { mjpegPorts, openRtsp, rtspStreams } from './outputs.js';
import { ProcessorMeter } from './processor-meter.js';
import { ProfileChanger } from './profile-changer.js';
import { ProfileControl } from './profile-control.js';
import { RingSet, removeStaleRings } from './ring-set.js';
import { RuntimeFolder } from './runtime-folder.js';
import { Sessions } from './sessions.js';
import { removeStaleAreas, ShmSinks } from './shmsinks.js';
import { SourcePlanner } from './source-planner.js';
import { stagePlanning } from './stage-planning.js';

/** The whole appliance ends within five seconds; the workers get the larger part of them. */
const workerDeadlineMs = 3500;
const sweepMs = 5000;
const tickMs = 1000;

export interface ApplianceOptions {
  /** Each `path=value`, laid over a profile that is given by its path. */
  set?: readonly string[];
  log?: Log;
  /** Under which name changes to a profile given as a value are kept; without it they end with the run. */
  state?: string;
  /** Where no camera is connected at the start, cameras with the source `auto` show a moving test picture. */
  demo?: boolean;
  /** Listens on all addresses; where the profile has no `auth`, with one user and a password made at first use. */
  lan?: boolean;
  /** Cores in this process instead of a worker process each: no fault walls, but no child processes. */
  inProcess?: boolean;
  /** Told while it starts how to abandon it, as soon as there is something that would outlive the program. */
  onAbandonable?: (abandon: () => void) => void;
}

interface Parts {
  cameras: Cameras;
  access: Access;
  addresses: Addresses;
  control: ProfileControl;
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
   * `bad-profile`, `bad-request`, `bad-source`, `missing-element`, `missing-native`,
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

  get access(): Access {
    return this.#parts.access;
  }

  get addresses(): Addresses {
    return this.#parts.addresses;
  }

  /** Sentences for the person who started it. */
  get notices(): readonly string[] {
    return this.#parts.notices;
  }

  /**
   * Another profile in the place of the value that it was started with; what
   * the API changed stays laid over it. Rejects with `bad-profile` and whatever
   * a camera cannot start for; then everything is as it was.
   */
  apply(profile: unknown): Promise<ChangeView> {
    return this.#parts.control.apply(profile);
  }

  /** Reads the profile's file again, and does what it says by now. Rejects as `apply` does. */
  reload(): Promise<ChangeView> {
    return this.#parts.control.reload();
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

async function startParts(
  written: unknown,
  options: ApplianceOptions,
  closers: Closers,
  log: Log,
): Promise<Parts> {
  const devices = new DeviceList((withControls) => loadNative().listDevices(withControls));
  const opened = await openProfile(written, options, devices, log);
  try {
    return await startOpened(opened, devices, options, closers, log);
  } catch (error) {
    throw opened.keeper.blame(error);
  }
}

/** Whatever has been opened is known to `closers` before the next thing is tried. */
async function startOpened(
  opened: OpenedProfile,
  deviceList: DeviceList,
  options: ApplianceOptions,
  closers: Closers,
  log: Log,
): Promise<Parts> {
  const { keeper, profile, adapt, access, state, notices } = opened;
  const native = loadNative();
  const startCore = options.inProcess ? coresInProcess(native) : await coresInWorkers();
  const watch = new DeviceWatch(log, () => deviceList.changed());
  closers.add('device watch', () => watch[Symbol.dispose]());
  const trials = await EncoderTrials.begin({ native, tryEncoder: encoderTrial(), state, log });
  closers.add('encoder trials', () => trials.close());
  const { capabilities } = trials;
  const decoders = new DecoderTrials(capabilities);
  closers.add('decoder trials', () => decoders.close());
  const { instance } = profile;
  const kept = state && new EncoderFailures(state, log);
  closers.add('encoder failures', () => kept?.written);
  const planning = stagePlanning(capabilities, instance, { kept });
  const sources = new SourcePlanner(deviceList, capabilities, log);
  const [deliveries] = await Promise.all([
    sources.foresee(profile.cameras),
    trials.knownFor(profile.cameras),
  ]);
  const first = Object.entries(profile.cameras).map(([name, camera]) => {
    const delivery = deliveries.get(name) ?? rawDelivery;
    return { name, profile: camera, stage: planning.arrange(name, camera, delivery) };
  });

  const rings = new RingSet(native, log);
  closers.add('rings', () => rings[Symbol.dispose]());
  const folder = await RuntimeFolder.create();
  closers.add('runtime folder', () => folder.remove());
  const sessions = new Sessions({ limits: profile.limits, log });
  closers.add('sessions', () => sessions.close());
  const { book } = sessions;
  const shmsinks = new ShmSinks(native, instance, book);
  const abandon = () => {
    shmsinks.removeNames();
    rings[Symbol.dispose]();
    folder.removeNow();
  };

  // Cameras come first, and have somebody to tell, and to wait for, only later.
  let events: EventFeed | null = null;
  let control: ProfileControl | null = null;
  let controlReady: (control: ProfileControl) => void = () => {};
  const laterControl = new Promise<ProfileControl>((resolve) => {
    controlReady = resolve;
  });
  const cameras = new Cameras({
    instance,
    native,
    startCore,
    rings,
    folder: folder.path,
    sources,
    book,
    planning,
    log,
    onChange: () => events?.update(),
    adopt: async (camera, delivery) => (await laterControl).adopt(camera, delivery),
    onControls: (camera, controls) =>
      events?.tell({ event: 'controls', camera, controls: controls.map(viewOfControl) }),
  });
  cameras.make(first);
  closers.add('a change under way', () => control?.idle());
  closers.add('cameras', () => cameras.close(workerDeadlineMs));
  const wanted = first.flatMap(({ stage }) => stage.plan.branches.map(({ ring }) => ring));
  removeStaleRings(native, instance, new Set(wanted), log);
  removeStaleAreas(instance, new Set(wanted), log);
  options.onAbandonable?.(abandon);
  await cameras.start();
  for (const camera of cameras.all) {
    // It has text instead.
    await cameras.checkImage(camera).catch((error: unknown) => notices.push(messageOf(error)));
    await cameras.checkFiles(camera).catch((error: unknown) => {
      // Nobody can mend by the API what keeps the API from starting: the camera shows its slate.
      if (!keeper.setsSource(camera.name)) throw error;
      notices.push(messageOf(error));
    });
  }

  const addresses = new Addresses(profile);
  const rtsp = await openRtsp(native, profile, { access, addresses, book, log });
  closers.add('RTSP', () => rtsp.close());
  await rtsp.setStreams(rtspStreams(cameras.all));
  closers.add('shared memory outputs', () => shmsinks.close());
  await shmsinks.serve(cameras.all);
  const bound = (server: Server) => {
    limitUnsent(
      server,
      native,
      () => book.limits.backlogBytes,
      (error) => log.warn({ err: error }, 'what waits in a socket is not limited'),
    );
  };
  const ports = mjpegPorts(profile, access, cameras, { bound, log });
  closers.add('MJPEG ports', () => ports.close());
  await (await ports.change(profile.cameras)).keep();
  addresses.streamsListen((camera, stream) => ports.portOf(camera, stream));

  const changer = new ProfileChanger({
    cameras,
    ports,
    rtsp,
    shmsinks,
    planning,
    sources,
    encoders: trials,
    log,
  });
  const changes = new ProfileControl({ keeper, changer, adapt, limit: (limits) => sessions.limit(limits) });
  control = changes;
  controlReady(changes);
  const directory = new Directory(cameras, { addresses, rings, rtsp, shmsinks, control: changes });
  const feed = new EventFeed(directory);
  events = feed;
  sessions.connect({
    onEvent(event) {
      rtsp.makeRoom();
      feed.tell(event);
    },
    onLimits: () => rtsp.makeRoom(),
    poll: () => shmsinks.poll(),
    ringReaders: () => directory.ringReaders(),
  });
  const load = new LoadKeeper({
    cameras,
    control: changes,
    processor: new ProcessorMeter(),
    clock: systemClock,
    tell: (event) => feed.tell(event),
    log,
  });
  const devices = new DeviceTeller({
    native: deviceList,
    cameras: () => cameras.all,
    onEvent: (event) => feed.tell(event),
    log,
  });
  const http = await HttpFront.open({
    host: profile.http.host,
    port: profile.http.port,
    guard: access.guard,
    bound,
    access,
    cameras: directory,
    media: directory,
    graphs: directory,
    analyses: directory,
    codecs: {
      encoders: () => encoderViews(capabilities, planning.failures()),
      decoders: () => decoders.decoders(),
    },
    devices,
    controls: new CameraControls({ cameras, control: changes }),
    control: changes,
    sessions,
    blockedMs: () => book.limits.blockedMs,
    feed,
    log,
  });
  closers.add('HTTP', () => http.close());
  closers.add('viewers', () => sessions.close());
  addresses.httpListens(http.port);

  const timers = [
    systemClock.every(sweepMs, () => rings.sweep()),
    systemClock.every(tickMs, () => feed.tick()),
    systemClock.every(tickMs, () => load.tick()),
  ];
  deviceList.onChange(() => {
    cameras.devicesChanged();
    devices.changed();
  });
  closers.add('timers', () => {
    for (const timer of timers) timer.cancel();
  });
  closers.add('changes', () => changes.stop());
  await access.lanUser?.keep();
  void trials.tryAgain();
  return { cameras, access, addresses, control: changes, notices, abandon };
}
