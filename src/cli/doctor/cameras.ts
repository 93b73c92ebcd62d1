/** Cameras, and whether this user may open them. */
import type { VideoDevice } from '../../native/port.js';
import type { Profile } from '../../profile/profile.js';
import { type Finding, fault, fine, warning } from './finding.js';

export interface VideoNode {
  /** `/dev/videoN`. */
  path: string;
  /** May be read and written by this user. */
  usable: boolean;
}

/** One that only libcamera can use. */
export type BoardCamera = 'none' | 'usable' | 'without-element';

/** `devices`: null where the native part is missing. */
export function checkCameras(
  profile: Profile | null,
  nodes: readonly VideoNode[],
  devices: readonly VideoDevice[] | null,
  board: BoardCamera = 'none',
): Finding[] {
  const needed = profile !== null && wantsDevice(profile);
  return [checkAccess(nodes, needed), ...(devices ? [checkFound(devices, needed, board)] : [])];
}

function checkAccess(nodes: readonly VideoNode[], needed: boolean): Finding {
  const closed = nodes.filter(({ usable }) => !usable).map(({ path }) => path);
  if (nodes.length === 0) return fine('video', 'there are no /dev/video nodes');
  if (closed.length === 0) return fine('video', 'every /dev/video node may be used by this user');
  const message = `this user may not use ${closed.join(', ')}`;
  const fix = 'sudo usermod -aG video "$USER", and log in again';
  return needed && closed.length === nodes.length
    ? fault('video', 'no-permission', message, fix)
    : warning('video', message, fix);
}

function checkFound(devices: readonly VideoDevice[], needed: boolean, board: BoardCamera): Finding {
  const words = devices
    .map(({ path, name, fault: why }) => `${name} (${why ? why.detail : path})`)
    .join(', ');
  if (devices.some(({ fault: why }) => why === null)) return fine('cameras', words);
  if (board === 'usable') return fine('cameras', 'the camera of this board, by libcamera');
  if (board === 'without-element')
    return warning(
      'cameras',
      'the camera of this board needs libcamera, and GStreamer has no libcamerasrc',
      'sudo apt-get install gstreamer1.0-libcamera',
    );
  if (devices.length > 0) return warning('cameras', `no camera can be opened: ${words}`, null);
  if (!needed) return fine('cameras', 'no camera is connected, and the profile needs none');
  const message = 'no camera is connected: the slate is shown until there is one';
  return warning('cameras', message, 'connect one; or try a picture without: teecam run --demo');
}

function wantsDevice({ cameras }: Profile): boolean {
  return Object.values(cameras).some(({ source }) =>
    source.some(({ kind }) => ['auto', 'v4l2', 'libcamera'].includes(kind)),
  );
}
