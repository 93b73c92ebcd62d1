import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import { faultError, reasonOf } from '../camera/fault.js';
import type { Probe } from '../camera/probe.js';
import type { NativePort, VideoDevice } from '../native/port.js';
import type { Capabilities } from '../plan/capabilities.js';
import { type Delivery, rawDelivery } from '../plan/delivery.js';
import type { Deliveries } from '../plan/profile-change.js';
import { type PlannedSource, planSource, type ResolvedSource } from '../plan/source.js';
import type { CameraProfile, Profile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';
import { hasBoardCamera } from './board-camera.js';
import { findDevice } from './devices.js';
import { type NetworkFormats, NetworkMemory } from './network-memory.js';

const videoFile = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|ts|m2ts|mts|flv|wmv|ogv|3gp|h264|264|mjpe?g)$/i;

/** Looks at the machine, and plans a source with what it finds. */
export class SourcePlanner {
  readonly network = new NetworkMemory();
  readonly #native: Pick<NativePort, 'listDevices'>;
  readonly #capabilities: Capabilities;
  readonly #log: Log;
  readonly #hasBoardCamera: () => Promise<boolean>;

  constructor(
    native: Pick<NativePort, 'listDevices'>,
    capabilities: Capabilities,
    log: Log,
    boardCamera: () => Promise<boolean> = hasBoardCamera,
  ) {
    this.#native = native;
    this.#hasBoardCamera = boardCamera;
    this.#capabilities = capabilities;
    this.#log = log;
  }

  /** Rejects with a `faultError`, or `missing-element`. */
  async plan(camera: string, profile: CameraProfile, text: string, probe: Probe): Promise<PlannedSource> {
    const source = profile.source.find((one) => one.text === text);
    if (!source) throw faultError('failed', `${text} is not a source of this camera`);
    const resolved = await this.resolve(source);
    const { formats, transport } = await this.#formats(resolved, profile, probe);
    const planned = planSource(resolved, profile, formats, this.#capabilities, transport);
    if (planned.note !== null) this.#log.warn({ camera }, planned.note);
    return planned;
  }

  /** Of a list of files each may be another, and be decoded as it comes: only a single one is asked. */
  async #formats(source: ResolvedSource, profile: CameraProfile, probe: Probe): Promise<NetworkFormats> {
    switch (source.kind) {
      case 'v4l2':
        return { formats: await probe({ kind: 'v4l2', path: source.device }) };
      case 'file':
        if (source.files.length > 1 || !mayPass(profile)) return { formats: null };
        return { formats: await probe({ kind: 'file', path: source.files[0] }) };
      case 'http':
      case 'rtsp':
        return this.network.find(source, profile.capture, probe);
      default:
        return { formats: null };
    }
  }

  /** What the devices of these cameras will deliver, as far as the list of devices tells; the rest shows when they are opened. */
  async foresee(cameras: Profile['cameras']): Promise<Deliveries> {
    // Most changes add no such camera, and a look opens every device.
    const looks = Object.values(cameras).some(({ source }) => hasDevice(source[0]));
    const devices = looks ? await this.#native.listDevices() : [];
    return new Map(
      Object.entries(cameras).map(([name, profile]) => [name, this.#foreseen(profile, devices)]),
    );
  }

  #foreseen(profile: CameraProfile, devices: readonly VideoDevice[]): Delivery {
    const device = findDevice(profile.source[0], devices);
    if (!device || device.formats.length === 0) return rawDelivery;
    try {
      const source = { kind: 'v4l2', device: device.path } as const;
      return planSource(source, profile, device.formats, this.#capabilities).delivery;
    } catch {
      return rawDelivery; // the camera shows why when it is opened
    }
  }

  /** Rejects with a `faultError`. */
  async resolve(source: Source): Promise<ResolvedSource> {
    switch (source.kind) {
      case 'test':
        return { kind: 'test', pattern: source.pattern };
      case 'auto':
      case 'v4l2': {
        const device = await this.#device(source);
        return device === null ? this.#boardCamera() : { kind: 'v4l2', device };
      }
      case 'file':
        return { kind: 'file', files: await filesOf(source.paths), loops: source.loops };
      default:
        return source; // what it is shows when it is opened
    }
  }

  /** Its node now; null: the one that `auto` is has none of its own. */
  async #device(source: Extract<Source, { kind: 'auto' | 'v4l2' }>): Promise<string | null> {
    const path = source.kind === 'v4l2' ? source.device : null;
    // What is wrong with a node that is named is told when it is asked for its formats; nobody else need be asked.
    if (path !== null && !path.startsWith('/dev/v4l/')) return path;
    const found = findDevice(source, await this.#native.listDevices());
    if (path !== null) return found?.path ?? path;
    if (!found && source.kind === 'auto' && (await this.#hasBoardCamera())) return null;
    if (!found) throw faultError('no-device', absence(source));
    if (found.fault) throw faultError(reasonOf(found.fault.reason), found.fault.detail);
    return found.path;
  }

  #boardCamera(): ResolvedSource {
    if (this.#capabilities.elements['libcamerasrc'] !== true)
      throw faultError('missing-element', needsLibcamera);
    return { kind: 'libcamera', text: 'auto', id: null };
  }
}

function hasDevice({ kind }: Source): boolean {
  return kind === 'auto' || kind === 'v4l2';
}

const needsLibcamera =
  'the camera of this board needs libcamera, and GStreamer has no libcamerasrc: apt-get install gstreamer1.0-libcamera';

/** Whether any stream could be given what the source has encoded. */
function mayPass({ streams }: CameraProfile): boolean {
  return Object.values(streams).some(
    (stream) => stream.codec === 'copy' || (stream.codec !== 'raw' && stream.anyEncoding),
  );
}

function absence(source: Extract<Source, { kind: 'auto' | 'v4l2' }>): string {
  if (source.kind === 'auto') return 'no camera is connected';
  return source.serial === null
    ? `no camera is plugged in at ${source.bus}`
    : `no camera with the serial number ${source.serial} is connected`;
}

/** Folders become the videos in them, by name. */
async function filesOf(paths: readonly string[]): Promise<[string, ...string[]]> {
  const files: string[] = [];
  for (const one of paths) {
    try {
      if ((await stat(one)).isDirectory()) {
        const names = (await readdir(one)).filter((name) => videoFile.test(name));
        files.push(...names.sort().map((name) => path.join(one, name)));
      } else {
        files.push(one);
      }
    } catch (error) {
      if (codeOf(error) === 'EACCES') throw faultError('no-permission', `${one} may not be read`, error);
      throw faultError('no-device', `there is no ${one}`, error);
    }
  }
  const [first, ...rest] = files;
  if (first === undefined) throw faultError('no-device', `there is no video in ${paths.join(', ')}`);
  return [first, ...rest];
}
