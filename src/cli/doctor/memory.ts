/** /dev/shm: may it be written, is there room, and whose rings are there already. */

import { ringRequests } from '../../app/ring-requests.js';
import { ringFolder, ringPath } from '../../app/ring-set.js';
import { fullCapabilities } from '../../plan/capabilities.js';
import { rawDelivery } from '../../plan/delivery.js';
import { shmsinkAreaBytes, shmsinkAreaPath } from '../../plan/shmsink.js';
import { type ArrangedStage, arrangeStage } from '../../plan/stage.js';
import { outputsOf } from '../../profile/outputs.js';
import type { Profile } from '../../profile/profile.js';
import { fileSize } from '../../ring/layout.js';
import { type Finding, fault, fine, warning } from './finding.js';

/** A ring file that exists. */
export interface RingFile {
  path: string;
  bytes: number;
  /** Name of the user, or the number where there is none. */
  user: string;
  /** An appliance holds its owner lock; without, a killed run left it. Null: the kernel does not tell. */
  owned: boolean | null;
}

export interface Memory {
  /** Whether there is a /dev/shm at all. */
  there: boolean;
  writable: boolean;
  freeBytes: number;
  rings: readonly RingFile[];
}

export function checkMemory(profile: Profile | null, memory: Memory): Finding[] {
  const { writable, freeBytes, rings } = memory;
  if (!memory.there) {
    const fix = 'sudo mkdir -p /dev/shm && sudo mount -t tmpfs -o mode=1777 tmpfs /dev/shm';
    return [fault('shm', 'no-permission', 'there is no /dev/shm, where rings have to be', fix)];
  }
  const access = writable
    ? fine('shm', '/dev/shm may be written')
    : fault('shm', 'no-permission', '/dev/shm may not be written by this user', 'sudo chmod 1777 /dev/shm');
  return [access, ...(profile ? [checkRoom(profile, freeBytes, rings)] : []), ...checkRings(profile, rings)];
}

function checkRoom(profile: Profile, freeBytes: number, rings: readonly RingFile[]): Finding {
  const wanted = wantedRings(profile);
  const needed = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0);
  // A ring of the same size is taken over, or is written already.
  const there = rings.filter(({ path, bytes }) => wanted.get(path) === bytes);
  const missing = needed - there.reduce((sum, { bytes }) => sum + bytes, 0);
  const told = `the profile's rings need ${mebibytes(needed)}, ${mebibytes(freeBytes)} of /dev/shm are free`;
  if (missing <= freeBytes) return fine('room', told);
  const size = Math.ceil((needed * 1.5) / 2 ** 20);
  return fault('room', 'no-space', told, `sudo mount -o remount,size=${size}M /dev/shm`);
}

function checkRings(profile: Profile | null, rings: readonly RingFile[]): Finding[] {
  if (rings.length === 0) return [fine('rings', 'there are no rings')];
  const wanted = profile ? wantedRings(profile) : new Map<string, number>();
  return rings.map((ring) => {
    const told = `${ring.path} of ${ring.user}, ${mebibytes(ring.bytes)}`;
    if (ring.owned === null)
      return fine('rings', `${told}; whether a Teecam runs that has it cannot be told`);
    if (!ring.owned)
      return warning(
        'rings',
        `${told}, was left by a run that was killed; the next one of its instance takes it over or removes it`,
        `rm ${ring.path}`,
      );
    if (!wanted.has(ring.path)) return fine('rings', `${told}, belongs to a Teecam that is running`);
    const fix = 'end the other one, or give the profile an instance of its own: --set instance=second';
    return fault('rings', 'owned', `${told}, belongs to a Teecam that is running`, fix);
  });
}

/** Those of JPEG branches beside streams are among them. */
function wantedRings(profile: Profile): Map<string, number> {
  const { instance } = profile;
  const rings = Object.entries(profile.cameras).flatMap(([camera, cameraProfile]) => {
    const request = { camera, profile: cameraProfile, capabilities: fullCapabilities, instance, ringFolder };
    const stage = arrangeStage({ ...request, delivery: rawDelivery });
    const files = ringRequests(instance, camera, stage).map(
      ({ path, geometry }) => [path, fileSize(geometry)] as const,
    );
    return [...files, ...shmsinkAreas(instance, camera, stage)];
  });
  return new Map(rings);
}

function shmsinkAreas(
  instance: string | null,
  camera: string,
  { branches }: ArrangedStage,
): (readonly [string, number])[] {
  return Object.entries(branches.all)
    .filter(([, stream]) => outputsOf(stream).includes('shmsink'))
    .map(([name, stream]) => [shmsinkAreaPath(ringPath(instance, camera, name)), shmsinkAreaBytes(stream)]);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
