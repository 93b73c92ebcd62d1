/** A ring's geometry and name: what the appliance decides before it makes the file. Layout: docs/ring.md. */

export const HEADER_SIZE = 4096;
export const DESCRIPTOR_SIZE = 256;
const PAGE = 4096;

/** What a ring file is made from; two rings of equal geometry are interchangeable. */
export interface RingGeometry {
  /** Descriptors, a power of two. */
  frameCount: number;
  /** Raw streams: slots of equal size; 0 for encoded streams. */
  slotCount: number;
  /** Bytes, a multiple of 4096; 0 for encoded streams. */
  slotSize: number;
  /** Bytes, a multiple of 4096. */
  arenaSize: number;
}

/** Bytes of the whole file. */
export function fileSize(geometry: RingGeometry): number {
  return arenaOffset(geometry) + geometry.arenaSize;
}

export function arenaOffset(geometry: RingGeometry): number {
  return roundUp(HEADER_SIZE + geometry.frameCount * DESCRIPTOR_SIZE, PAGE);
}

/** The name of a ring in /dev/shm. */
export function ringName(instance: string | undefined, camera: string, stream: string): string {
  return ['teecam', ...(instance ? [instance] : []), camera, stream].join('.');
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
