/** Profiles as the ladder sees them, for tests. */
import { profileFromValue } from '../profile/load.js';
import type { Profile, StreamProfile } from '../profile/profile.js';

export function camerasOf(streams: object, ladder = ['rate', 'bitrate']): Profile['cameras'] {
  return profileFromValue({ cameras: { front: { source: 'auto', ladder, streams } } }, '/').profile.cameras;
}

export function streamOf(written: object): StreamProfile {
  const stream = camerasOf({ x: written })['front']?.streams['x'];
  if (!stream) throw new Error('the profile lacks what was written');
  return stream;
}
