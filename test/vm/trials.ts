import type { CameraView } from '../../src/api/views.js';
import type { RunningAppliance } from '../support/appliance.js';
import { until } from '../support/until.js';
import type { Viewers } from './viewers.js';

const withinMs = 60_000;

/** A fault that a camera's viewers lived through. */
export interface Trial {
  what: string;
  /** Why there was a slate, in the log's order. */
  reasons: string[];
  /** From the fault to the slate, and from its end to the camera, in the ring. */
  slateAfterMs: number;
  liveAfterMs: number;
}

export interface Fault {
  what: string;
  /** That the camera comes to say. */
  reason: string;
  /** For the viewers, with the camera's name. */
  begin(): Promise<void>;
  /** Without it the fault is over by itself. */
  end?(): Promise<void>;
}

/** One after the other, while nobody goes away. */
export async function endure(
  appliance: RunningAppliance,
  camera: string,
  viewers: Viewers,
  faults: readonly Fault[],
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const { what, reason, begin, end } of faults) {
    const before = reasonsIn(appliance.log, camera).length;
    const reasons = () => reasonsIn(appliance.log, camera).slice(before);
    const brokenAt = process.hrtime.bigint();
    await begin();
    const slateAfterMs = await viewers.until('slate', brokenAt);
    await until(
      `${what}: ${reason}`,
      () => {
        if (reasons().includes(reason)) return true;
        throw new Error(`the slate said ${reasons().join() || 'nothing'}`);
      },
      { withinMs },
    );
    if (end) await viewers.seeMore(`the slate of ${what}`);
    const mendedAt = end ? process.hrtime.bigint() : brokenAt + BigInt(slateAfterMs) * 1_000_000n;
    await end?.();
    const liveAfterMs = await viewers.until('live', mendedAt);
    await becomes(appliance, camera, 'live');
    await viewers.seeMore(`the camera after ${what}`);
    trials.push({ what, reasons: reasons(), slateAfterMs, liveAfterMs });
  }
  return trials;
}

export async function becomes(
  appliance: RunningAppliance,
  camera: string,
  state: CameraView['state'],
  reason: string | null = null,
): Promise<CameraView> {
  let last: CameraView | undefined;
  return until(
    `${camera} is ${state} ${reason ?? ''}`,
    async () => {
      last = await appliance.camera(camera);
      if (last.state === state && last.reason === reason) return last;
      throw new Error(`it is ${last.state} ${last.reason}: ${last.detail}`);
    },
    { withinMs },
  );
}

export async function patch(appliance: RunningAppliance, address: string, body: object): Promise<void> {
  const response = await fetch(appliance.http(`/api/v1${address}`), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
}

/** Of the slates that the log tells of. */
function reasonsIn(log: string, camera: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as { camera?: string; state?: string; reason?: string | null })
    .filter((entry) => entry.camera === camera && entry.state === 'slate')
    .map(({ reason }) => reason ?? '');
}
