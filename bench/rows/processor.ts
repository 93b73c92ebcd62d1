/**
 * Processor time and memory beside the pipeline that one would write by hand, with the same source and the same four
 * streams: the source alone, the plain pipeline, Teecam with nobody watching and with everybody.
 */
import { setTimeout as elapse } from 'node:timers/promises';
import { type Figure, type Row, SpoiltError } from '../figure.js';
import { GstLaunch } from '../gst-launch.js';
import { PlainPipeline } from '../plain-pipeline.js';
import { cpuPercentOf, measureUsage, type ProcessUsage } from '../process-usage.js';
import type { BenchSource } from '../source.js';
import { WatchedAppliance } from '../watched-appliance.js';

const measureSeconds = 5;
/** Until encoders, caches and the clock speed have settled. */
const settleMs = 1500;

/** Frames a second that each stream must have; the plain pipeline's raw branch has every frame of the source. */
const wantedRates = { high: 30, medium: 30, low: 15, analysis: 30 };
/** Below, the machine did not keep up, and less work was measured than it says. */
const enoughFrames = 0.93;

/** `watched`: what the ratio of the watched streams may be. */
export function processorRow(
  name: string,
  title: string,
  source: BenchSource,
  watched: Required<Figure>['limit'],
): Row {
  return { name, title, repeated: true, measure: () => measure(source, watched) };
}

async function measure(source: BenchSource, watchedLimit: Required<Figure>['limit']): Promise<Figure[]> {
  const alone = cpuPercentOf(await measureSource(source));
  const plainUsage = await measurePlain(source);
  const teecam = await measureTeecam(source);
  const plain = cpuPercentOf(plainUsage);
  const [idle, watched] = [cpuPercentOf(teecam.idle), cpuPercentOf(teecam.watched)];
  const percent = (what: string, value: number): Figure => ({ what, unit: '% of a core', values: [value] });
  const ratio = (what: string, value: number, limit?: Figure['limit']): Figure => ({
    ...{ what, unit: 'ratio', values: [value] },
    ...(limit && { limit }),
  });
  return [
    percent('the source alone', alone),
    percent('plain pipeline, four streams', plain),
    percent('Teecam, the same streams all watched', watched),
    percent('Teecam, nobody watching', idle),
    ratio('watched / plain', watched / plain),
    ratio('unwatched / plain', idle / plain),
    ratio('watched / plain, both less the source', (watched - alone) / (plain - alone), watchedLimit),
    ratio('unwatched / plain, both less the source', (idle - alone) / (plain - alone), {
      atMost: 0.2,
      goal: 0.05,
    }),
    memory('memory of the plain pipeline', plainUsage, 'gst-launch-1.0'),
    memory('memory of the appliance, watched', teecam.watched, 'node'),
    memory('memory of the worker, watched', teecam.watched, 'teecam-worker'),
    memory('memory of the appliance, unwatched', teecam.idle, 'node'),
    memory('memory of the worker, unwatched', teecam.idle, 'teecam-worker'),
  ];
}

async function measureSource(source: BenchSource): Promise<ProcessUsage[]> {
  await using alone = new GstLaunch('-q', [...source.elements, 'fakesink sync=false'].join(' ! '));
  await elapse(settleMs);
  alone.mustRun();
  return await measureUsage(alone.pid, measureSeconds);
}

async function measurePlain(source: BenchSource): Promise<ProcessUsage[]> {
  await using pipeline = await PlainPipeline.start(source);
  await elapse(settleMs);
  return await measureFrames('the plain pipeline', pipeline.pid, async () => pipeline.frames, {
    ...wantedRates,
    analysis: source.capture.framerate,
  });
}

async function measureTeecam(source: BenchSource): Promise<Record<'idle' | 'watched', ProcessUsage[]>> {
  await using teecam = await WatchedAppliance.start(source);
  await elapse(settleMs);
  const before = await teecam.frames();
  const idle = await measureUsage(teecam.pid, measureSeconds);
  for (const [name, count] of await teecam.frames())
    if (count !== before.get(name)) throw new Error(`nobody watches ${name}, and yet it has frames`);
  await teecam.watch();
  await elapse(settleMs);
  return {
    idle,
    watched: await measureFrames('Teecam', teecam.pid, () => teecam.frames(), wantedRates),
  };
}

/** Throws when a stream had fewer frames than it must have. */
async function measureFrames(
  who: string,
  pid: number,
  frames: () => Promise<Map<string, number>>,
  rates: Readonly<Record<string, number>>,
): Promise<ProcessUsage[]> {
  const [before, began] = [await frames(), performance.now()];
  const usage = await measureUsage(pid, measureSeconds);
  const [after, seconds] = [await frames(), (performance.now() - began) / 1000];
  for (const [name, wanted] of Object.entries(rates)) {
    const rate = ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / seconds;
    if (rate < enoughFrames * wanted) {
      const found = `${rate.toFixed(1)} frames a second of ${name} instead of ${wanted}`;
      throw new SpoiltError(`${who} had ${found}: is this machine too slow, or busy?`);
    }
  }
  return usage;
}

function memory(what: string, usages: readonly ProcessUsage[], name: string): Figure {
  const usage = usages.find((each) => each.name === name);
  if (!usage)
    throw new Error(`there is no process ${name} among ${usages.map((each) => each.name).join(', ')}`);
  return { what, unit: 'MB', values: [usage.pssBytes / 1e6] };
}
