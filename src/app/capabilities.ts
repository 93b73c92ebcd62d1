/** What this machine can do: the elements that it has, and the encoders that have proved themselves. */
import { readFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import type { EncoderView } from '../api/routes/encoders.js';
import { runTrial } from '../camera/trial-runner.js';
import type { NativePort } from '../native/port.js';
import type { Capabilities, EncoderTried } from '../plan/capabilities.js';
import { judge, planTrial } from '../plan/encoder-trial.js';
import { type EncodedStream, type Encoder, h264Encoders } from '../plan/encoders.js';
import { plannedElements } from '../plan/packages.js';
import type { EncoderFailure } from './encoder-failures.js';
import { workerPath } from './package.js';

/** Opening a driver and encoding half a second; longer means that it hangs. */
const trialDeadlineMs = 10_000;

/** Large enough that small-picture limits do not count, small enough for every encoder. */
const ordinary: EncodedStream = {
  width: 1280,
  height: 720,
  framerate: [30, 1],
  bitrateBps: 2_000_000,
  h264Profile: 'constrained-baseline',
};

/** `signal` breaks it off; what comes of it then says nothing. */
export type TryEncoder = (encoder: Encoder, signal?: AbortSignal) => Promise<EncoderTried>;

/** In a process of its own. */
export function encoderTrial(stream: EncodedStream = ordinary): TryEncoder {
  return async (encoder, signal) => {
    const options = { executable: workerPath, deadlineMs: trialDeadlineMs, ...(signal && { signal }) };
    return judge(await runTrial(planTrial(encoder, stream), options), stream);
  };
}

export interface MachineOptions {
  /** Which of those that exist are tried. */
  encoders?: readonly Encoder[];
  stream?: EncodedStream;
}

/** Tries encoders one after another: some machines have one session at a time. */
export async function machineCapabilities(
  native: Pick<NativePort, 'elements'>,
  { encoders = h264Encoders, stream }: MachineOptions = {},
): Promise<Capabilities> {
  const elements = await native.elements(plannedElements);
  const tryEncoder = encoderTrial(stream);
  const tried: Record<string, EncoderTried> = {};
  for (const encoder of encoders)
    if (elements[encoder.element] === true) tried[encoder.element] = await tryEncoder(encoder);
  return { elements, encoders: tried };
}

/** The encoders that exist, as the API shows them. */
export function encoderViews(
  { elements, encoders = {} }: Capabilities,
  failures: readonly EncoderFailure[] = [],
): EncoderView[] {
  return h264Encoders
    .filter(({ element }) => elements[element] === true)
    .map(({ element: name, hardware }) => {
      const { works = null, detail = null } = encoders[name] ?? {};
      const failed = failures.filter(({ encoder }) => encoder === name);
      return {
        ...{ name, hardware, works, detail },
        failures: failed.map(({ camera, why, since }) => {
          return { camera, why, since: since.toISOString() };
        }),
      };
    });
}

/** For people: the board's own name where it has one. */
export async function machineName(): Promise<string> {
  const model = await readFile('/proc/device-tree/model', 'utf8').catch(() => null); // PCs have none
  const name = model?.replaceAll('\0', '') ?? cpus()[0]?.model.trim() ?? 'unknown';
  return `${name} (${arch()})`;
}
