/** Appliances of this process that are changed while they run, by the API as a client uses it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import type { CameraView, ChangeView, ProfileView } from '../../src/api/views.js';
import { Appliance, type ApplianceOptions } from '../../src/app/appliance.js';
import { Ring } from '../../src/native/ring.js';

/** For everything that the tests of one file leave. */
export const folder = await mkdtemp(path.join(tmpdir(), 'teecam-test-'));
process.env['RUNTIME_DIRECTORY'] = folder;
after(() => rm(folder, { recursive: true }));
let states = 0;

/** A new state folder. */
export function freshState(): string {
  states += 1;
  const state = path.join(folder, `state-${states}`);
  process.env['STATE_DIRECTORY'] = state;
  return state;
}

export async function started(t: TestContext, profile: unknown, options: ApplianceOptions = {}) {
  const appliance = await Appliance.start(profile, options);
  t.after(() => appliance.close());
  return appliance;
}

export interface Answer {
  status: number;
  body: ChangeView & ProfileView & { detail: string; errors?: { field: string; message: string }[] };
}

export async function send(
  appliance: Appliance,
  method: string,
  address: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${appliance.addresses.http}/api/v1${address}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

export async function done(
  appliance: Appliance,
  method: string,
  address: string,
  body?: unknown,
): Promise<ChangeView> {
  const answer = await send(appliance, method, address, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

export const actions = (change: ChangeView) => change.actions.map(({ action }) => action);

export async function cameraView(appliance: Appliance, name: string): Promise<CameraView> {
  return (await (await fetch(`${appliance.addresses.http}/api/v1/cameras/${name}`)).json()) as CameraView;
}

export const live = (appliance: Appliance) => () =>
  appliance.cameras.every(({ supervisor }) => supervisor.status.state === 'live');

export const tinySize = { width: 80, height: 60, framerate: 5 };
export const tiny = { codec: 'jpeg', ...tinySize };
export const side = { source: 'test', streams: { tiny } };

/** Counts the frames that a ring's reader gets, until the ring ends. */
export class RingWatcher {
  frames = 0;
  missed = 0;
  discontinuities = 0;
  ended = false;
  readonly #ring: Ring;

  constructor(instance: string, camera: string, stream: string) {
    this.#ring = Ring.open(camera, stream, { instance });
    void this.#watch();
  }

  /** How often another file took the place of the ring. */
  get reopened(): number {
    return this.#ring.reopened;
  }

  close(): void {
    this.#ring.close();
  }

  async #watch(): Promise<void> {
    for await (using frame of this.#ring) {
      if (this.frames > 0 && frame.info.discontinuity) this.discontinuities += 1;
      this.frames += 1;
      this.missed = this.#ring.missed;
    }
    this.ended = true;
  }
}
