/** Half a minute of an even H.264 stream, for tests of what shows it. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { AnalysisView, MeasuresView, spreadView } from './analysis-view.js';
import type { StreamAnalysis } from './ports.js';

type SpreadView = z.infer<typeof spreadView>;

function fakeSpread(count: number, mean: number, deviation = 0): SpreadView {
  if (count === 0) return { count, last: null, min: null, mean: null, max: null, deviation: null };
  return { count, last: mean, min: mean - deviation, mean, max: mean + deviation, deviation };
}

function fakeMeasures(seconds: number): MeasuresView {
  const frames = seconds * 30;
  const bytes = frames * 8000;
  return {
    seconds,
    bytes,
    bitrateBps: (bytes * 8) / seconds,
    framerate: 30,
    frameBytes: {
      all: fakeSpread(frames, 8000, 2000),
      key: fakeSpread(frames / 15, 36_000, 4000),
      delta: fakeSpread((frames * 14) / 15, 6000, 1000),
      i: fakeSpread(frames / 15, 36_000, 4000),
      p: fakeSpread((frames * 14) / 15, 6000, 1000),
      b: fakeSpread(0, 0),
    },
    slates: 0,
    errors: 0,
    discontinuities: 0,
    keyFrameInterval: { frames: fakeSpread(frames / 15, 15), ms: fakeSpread(frames / 15, 500, 1.5) },
    captureIntervalMs: fakeSpread(frames - 1, 33.333, 0.412),
    arrivalIntervalMs: fakeSpread(frames - 1, 33.333, 2.25),
    latencyMs: fakeSpread(frames, 12.5, 3),
    gaps: { count: 1, missedFrames: 2, longestMs: 100 },
  };
}

export function fakeAnalysis(changes: Partial<AnalysisView> = {}): AnalysisView {
  return {
    since: '2026-01-01T00:00:00.000Z',
    keptForS: 10,
    format: {
      codec: 'h264',
      format: null,
      width: 1280,
      height: 720,
      framerate: 30,
      profile: 'Constrained Baseline',
      level: '3.1',
      codecs: 'avc1.42C01F',
      headers: 'AAAAAWdCwB8AAAABaM48gA==',
    },
    trouble: null,
    signal: null,
    sinceLastFrameMs: 4.5,
    window: fakeMeasures(10),
    total: fakeMeasures(30),
    series: {
      bitrateBps: Array.from({ length: 30 }, (_, second) => 1_920_000 + (second % 5) * 60_000),
      framerate: Array.from({ length: 30 }, () => 30),
    },
    ...changes,
  };
}

export class FakeAnalysis implements StreamAnalysis {
  readonly asked: (number | null)[] = [];
  view = fakeAnalysis();
  failure: Error | null = null;

  async report(_request: IncomingMessage, seconds: number | null): Promise<AnalysisView> {
    this.asked.push(seconds);
    if (this.failure) throw this.failure;
    return this.view;
  }
}
