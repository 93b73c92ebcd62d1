/** What this machine can do: the elements that it has, and the encoders that have proved themselves. */
import { readFile } from 'node:fs/promises';
import { arch, cpus } from 'node:os';
import type { EncoderView } from '../api/routes/encoders.js';
import type { Log } from '../base/log.js';
import { runTrial } from '../camera/trial-runner.js';
import type { NativePort } from '../native/port.js';
import type { Capabilities, EncoderTried } from '../plan/capabilities.js';
import { judge, planTrial } from '../plan/encoder-trial.js';
import { type EncodedStream, h264Encoders } from '../plan/encoders.js';
import { plannedElements } from '../plan/packages.js';
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

export interface TryOptions {
  log: Log;
  /** Software encoders too, which a plan trusts without. */
  all?: boolean;
  stream?: EncodedStream;
}

/** Tries the encoders that exist one after another: some machines have one session at a time. */
export async function machineCapabilities(
  native: Pick<NativePort, 'elements'>,
  { log, all = false, stream = ordinary }: TryOptions,
): Promise<Capabilities> {
  const elements = await native.elements(plannedElements);
  const encoders: Record<string, EncoderTried> = {};
  for (const encoder of h264Encoders) {
    const { element, hardware } = encoder;
    if (elements[element] !== true || !(hardware || all)) continue;
    const options = { executable: workerPath, deadlineMs: trialDeadlineMs };
    const tried = judge(await runTrial(planTrial(encoder, stream), options), stream);
    encoders[element] = tried;
    if (!hardware) continue;
    if (tried.works) log.info({ encoder: element }, `${element} works: ${tried.detail}`);
    else log.warn({ encoder: element }, `${element} is not used: ${tried.detail}`);
  }
  return { elements, encoders };
}

/** The encoders that exist, as the API shows them. */
export function encoderViews({ elements, encoders = {} }: Capabilities): EncoderView[] {
  return h264Encoders
    .filter(({ element }) => elements[element] === true)
    .map(({ element: name, hardware }) => {
      const { works = null, detail = null } = encoders[name] ?? {};
      return { name, hardware, works, detail };
    });
}

/** For people: the board's own name where it has one. */
export async function machineName(): Promise<string> {
  const model = await readFile('/proc/device-tree/model', 'utf8').catch(() => null); // PCs have none
  const name = model?.replaceAll('\0', '') ?? cpus()[0]?.model.trim() ?? 'unknown';
  return `${name} (${arch()})`;
}
