import type { NativePort } from '../native/port.js';
import type { CameraProfile, Profile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';

export interface Demo {
  profile: Profile;
  /** For the person who started it; null when nothing had to be replaced. */
  notice: string | null;
}

const movingPicture: Source = { kind: 'test', text: 'test', pattern: null };

/** Where no camera is connected, cameras that would wait for one show a moving test picture in its place. */
export async function demoProfile(profile: Profile, native: Pick<NativePort, 'listDevices'>): Promise<Demo> {
  const waits = (camera: CameraProfile) => camera.source.every((source) => source.kind === 'auto');
  const waiting = Object.entries(profile.cameras).filter(([, camera]) => waits(camera));
  if (waiting.length === 0 || (await native.listDevices()).length > 0) return { profile, notice: null };
  const replaced = waiting.map(([name, camera]): [string, CameraProfile] => [
    name,
    { ...camera, source: [movingPicture] },
  ]);
  return {
    profile: { ...profile, cameras: { ...profile.cameras, ...Object.fromEntries(replaced) } },
    notice: 'No camera is connected: this is a moving test picture. Connect one and start again to see it.',
  };
}
