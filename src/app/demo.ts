import type { NativePort } from '../native/port.js';
import type { CameraProfile, Profile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';
import { hasBoardCamera } from './board-camera.js';

export interface Demo {
  /** Cameras that would wait for a device show a moving test picture in its place. */
  adapt(profile: Profile): Profile;
  /** For the person who started it; null when nothing had to be replaced. */
  notice: string | null;
}

const movingPicture: Source = { kind: 'test', text: 'test', pattern: null };

export const noDemo: Demo = { adapt: (profile) => profile, notice: null };

/** Looks once, at the start: whether a camera is connected then decides for the whole run. */
export async function demoFor(
  profile: Profile,
  native: Pick<NativePort, 'listDevices'>,
  boardCamera: () => Promise<boolean> = hasBoardCamera,
): Promise<Demo> {
  if ((await native.listDevices()).some(({ fault }) => fault === null)) return noDemo;
  if (await boardCamera()) return noDemo;
  const replaces = Object.values(profile.cameras).some(waits);
  return {
    adapt: (wanted) => ({ ...wanted, cameras: withPicture(wanted.cameras) }),
    notice: replaces
      ? 'No camera is connected: this is a moving test picture. Connect one and start again to see it.'
      : null,
  };
}

function waits({ source }: CameraProfile): boolean {
  return source.every(({ kind }) => kind === 'auto');
}

function withPicture(cameras: Profile['cameras']): Profile['cameras'] {
  return Object.fromEntries(
    Object.entries(cameras).map(([name, camera]) => [
      name,
      waits(camera) ? { ...camera, source: [movingPicture] } : camera,
    ]),
  );
}
