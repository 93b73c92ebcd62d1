import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makePad } from '../stream/fake-feed.js';
import { type Component, Message, type Packet, serviceStatus, stopCodes } from '../stream/message.js';
import { everyMessageIsReleased, jpegComponent, packetMessage, startMessage } from '../stream/testing.js';
import { Analyser, SECONDS_KEPT } from './analyser.js';

const frameNs = 40e6;
const h264Component: Component = { ...jpegComponent, codec: 'h264', framerate: [25, 1] };
const slices = { i: 0b10001000, p: 0b11000000, b: 0b10100000 } as const;

function slice(type: keyof typeof slices, bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  payload.set([0, 0, 1, type === 'i' ? 0x65 : 0x41, slices[type]]);
  return payload;
}

interface Fed {
  analyser: Analyser;
  /** When it is; CLOCK_MONOTONIC. */
  now(ns: number): void;
  /** The frame of this number, on time, unless it says otherwise. */
  frame(n: number, changes?: Partial<Packet>, arrivesNs?: number): void;
}

/** 25 frames a second: the nth is captured at n periods, and arrives 5 ms later. */
function fed(): Fed {
  let nowNs = 0;
  const analyser = new Analyser({ nowNs: () => nowNs });
  return {
    analyser,
    now: (ns) => {
      nowNs = ns;
    },
    frame(n, changes = {}, arrivesNs = n * frameNs + 5e6) {
      nowNs = arrivesNs;
      const ptsNs = n * frameNs;
      const dtsNs = changes.dtsNs ?? changes.ptsNs ?? ptsNs;
      analyser.deliver(packetMessage({ sequence: n + 1, ptsNs, ...changes, dtsNs }));
    },
  };
}

/** Four seconds of H.264: a key frame of 9 kB every 10 frames, 1 kB in between. */
function even(): Fed {
  const stream = fed();
  for (let n = 0; n <= 100; n++) {
    const key = n % 10 === 0;
    stream.frame(n, {
      component: h264Component,
      frameType: key ? 'key' : 'delta',
      payload: key ? slice('i', 9000) : slice('p', 1000),
    });
  }
  return stream;
}

describe('an analyser', () => {
  everyMessageIsReleased();

  it('tells bitrate, rate, sizes and types of an even stream', () => {
    const { window, total, series } = even().analyser.report(4);
    assert.equal(window.seconds, 4);
    assert.equal(window.bytes, 10 * 9000 + 90 * 1000);
    assert.equal(window.bitrateBps, 360_000);
    assert.equal(window.framerate, 25);
    assert.equal(total.bytes, window.bytes + 9000);
    // Three key frames in a second, and two in the next.
    assert.deepEqual(series.framerate, [25, 25, 25, 25]);
    assert.deepEqual(series.bitrateBps, [392_000, 328_000, 392_000, 328_000]);
    const { all, key, delta, i, p, b } = window.frameBytes;
    assert.deepEqual([all.count, key.count, delta.count], [100, 10, 90]);
    assert.deepEqual([i.count, p.count, b.count], [10, 90, 0]);
    assert.deepEqual([all.min, Math.round(all.mean ?? 0), all.max], [1000, 1800, 9000]);
    assert.deepEqual([key.min, key.mean, key.max, delta.mean, b.mean], [9000, 9000, 9000, 1000, null]);
  });

  it('tells the distance of key frames, in frames and in time', () => {
    const stream = fed();
    for (const n of [0, 10, 15, 40]) stream.frame(n);
    const { frames, ms } = stream.analyser.report().total.keyFrameInterval;
    assert.deepEqual([frames.count, frames.last, frames.min, frames.max], [3, 25, 5, 25]);
    assert.deepEqual([ms.last, ms.min, ms.max], [1000, 200, 1000]);
  });

  it('tells jitter of capture and of arrival apart, and the latency', () => {
    const stream = fed();
    for (let n = 0; n <= 50; n++) {
      const late = n % 2 === 0 ? 0 : 8e6;
      stream.frame(n, {}, n * frameNs + 5e6 + late);
    }
    const { captureIntervalMs, arrivalIntervalMs, latencyMs } = stream.analyser.report().total;
    assert.deepEqual([captureIntervalMs.mean, captureIntervalMs.deviation], [40, 0]);
    assert.equal(arrivalIntervalMs.deviation, 8);
    assert.deepEqual([arrivalIntervalMs.min, arrivalIntervalMs.max], [32, 48]);
    assert.deepEqual([latencyMs.min, latencyMs.max], [5, 13]);
  });

  it('counts frames that are missing, by their numbers, and they are no jitter', () => {
    const stream = fed();
    for (let n = 0; n < 40; n++) if (n !== 7 && n !== 8 && n !== 20) stream.frame(n);
    const { gaps, captureIntervalMs } = stream.analyser.report().total;
    assert.deepEqual(gaps, { count: 2, missedFrames: 3, longestMs: 120 });
    assert.deepEqual([captureIntervalMs.deviation, captureIntervalMs.max], [0, 40]);
  });

  it('counts slates, damaged frames and breaks apart; slates are no jitter of the camera', () => {
    const stream = fed();
    for (let n = 0; n < 30; n++) {
      const slate = n >= 10 && n < 20;
      const ptsNs = (slate ? 10 + (n - 10) * 5 : n < 10 ? n : n + 50) * frameNs;
      stream.frame(n, { slate, ptsNs, error: n === 3, discontinuity: n === 10 || n === 20 });
    }
    const { slates, errors, discontinuities, captureIntervalMs, frameBytes } = stream.analyser.report().total;
    assert.deepEqual([slates, errors, discontinuities], [10, 1, 2]);
    assert.equal(frameBytes.all.count, 30);
    assert.deepEqual([captureIntervalMs.count, captureIntervalMs.deviation], [18, 0]);
  });

  it('takes B pictures in the order in which they are decoded', () => {
    const stream = fed();
    const shown = [0, 3, 1, 2, 6, 4, 5];
    for (const [n, at] of shown.entries()) {
      const type = n === 0 ? 'i' : at % 3 === 0 ? 'p' : 'b';
      const times = { ptsNs: (at + 1) * frameNs, dtsNs: n * frameNs };
      stream.frame(n, { component: h264Component, payload: slice(type, 100), ...times });
    }
    const { frameBytes, captureIntervalMs } = stream.analyser.report().total;
    assert.deepEqual([frameBytes.i.count, frameBytes.p.count, frameBytes.b.count], [1, 2, 4]);
    assert.deepEqual([captureIntervalMs.min, captureIntervalMs.max], [40, 40]);
  });

  it('shows seconds in which nothing came', () => {
    const stream = fed();
    stream.frame(0);
    stream.now(3e9 + 5e6);
    const { series, window, sinceLastFrameMs } = stream.analyser.report();
    assert.deepEqual(series.framerate, [1, 0, 0]);
    assert.deepEqual([window.seconds, window.frameBytes.all.count, sinceLastFrameMs], [3, 1, 3000]);
  });

  it('keeps a minute of seconds, and counts on', () => {
    const stream = fed();
    for (let n = 0; n <= 90 * 25; n++) stream.frame(n);
    const { series, window, total } = stream.analyser.report(SECONDS_KEPT);
    assert.equal(series.framerate.length, 60);
    assert.deepEqual([window.seconds, window.frameBytes.all.count], [60, 1500]);
    assert.equal(total.frameBytes.all.count, 90 * 25 + 1);
  });

  it('says what the stream says of itself, and why nothing comes', () => {
    const { analyser } = fed();
    assert.deepEqual([analyser.report().format, analyser.report().trouble], [null, null]);
    const end = { code: stopCodes.noInput, reason: 'no frame came' };
    analyser.deliver(Message.create('noStartWarning', end));
    assert.deepEqual(analyser.report().trouble, end);
    analyser.deliver(startMessage());
    assert.deepEqual([analyser.report().format?.width, analyser.report().trouble], [640, null]);
    analyser.deliver(
      Message.create('stop', { code: stopCodes.sourceReconfigured, reason: 'it has changed' }),
    );
    assert.equal(analyser.report().trouble, null);
  });

  it('measures nothing across a start, nor across numbers that begin again', () => {
    const stream = fed();
    stream.frame(0);
    stream.frame(1);
    stream.analyser.deliver(startMessage(2));
    stream.frame(500);
    stream.frame(501);
    stream.frame(502, { sequence: 1 });
    const { gaps, keyFrameInterval, captureIntervalMs } = stream.analyser.report().total;
    assert.deepEqual([gaps.missedFrames, keyFrameInterval.frames.max, captureIntervalMs.count], [0, 1, 2]);
  });

  it('is a target like any other', () => {
    const { pad } = makePad();
    const analyser = new Analyser();
    const connection = pad.connect(analyser);
    assert.equal(pad.probe('signalStatus'), true);
    assert.equal(pad.probe('serviceStatus'), false);
    pad.deliver(startMessage());
    pad.deliver(Message.create('serviceStatus', serviceStatus.hardware));
    pad.deliver(packetMessage());
    assert.equal(analyser.report().total.frameBytes.all.count, 1);
    assert.deepEqual(pad.info()['targets'], [{ kind: 'analyser', seconds: 0, delivered: 2, failures: 0 }]);
    connection.disconnect();
  });
});

describe('for every stream', () => {
  everyMessageIsReleased();

  const frames = fc.array(
    fc.record({
      /** Numbers and milliseconds since the frame before. */
      step: fc.integer({ min: 1, max: 4 }),
      passedMs: fc.integer({ min: 0, max: 900 }),
      bytes: fc.integer({ min: 1, max: 5000 }),
      key: fc.boolean(),
      slate: fc.boolean(),
    }),
    { minLength: 1, maxLength: 80 },
  );

  it('the sums are those of its frames, and the seconds together are the whole', () => {
    fc.assert(
      fc.property(frames, (script) => {
        const { analyser, now, frame } = fed();
        let sequence = 0;
        let atMs = 0;
        for (const { step, passedMs, bytes, key, slate } of script) {
          sequence += step;
          atMs += passedMs;
          const frameType = key ? 'key' : 'delta';
          frame(
            sequence,
            { ptsNs: atMs * 1e6, payload: new Uint8Array(bytes), frameType, slate },
            atMs * 1e6,
          );
        }
        const beganMs = script[0]?.passedMs ?? 0;
        const wholeS = Math.floor((atMs - beganMs) / 1000) + 1;
        now((beganMs + wholeS * 1000) * 1e6);
        const { window, total, series } = analyser.report(SECONDS_KEPT);
        const sum = script.reduce((all, { bytes }) => all + bytes, 0);
        const skipped = script.slice(1).reduce((all, { step }) => all + step - 1, 0);
        assert.deepEqual([total.bytes, total.seconds], [sum, wholeS]);
        assert.deepEqual([total.gaps.missedFrames, total.frameBytes.all.count], [skipped, script.length]);
        assert.equal(total.frameBytes.key.count, script.filter(({ key }) => key).length);
        assert.equal(total.slates, script.filter(({ slate }) => slate).length);
        assert.equal(series.framerate.length, Math.min(wholeS, SECONDS_KEPT));
        const inWindow = series.framerate.reduce((all, one) => all + one, 0);
        assert.equal(window.frameBytes.all.count, inWindow);
        if (wholeS > SECONDS_KEPT) return;
        for (const report of [window, total])
          for (const one of rounded(report)) assert.ok(!Number.isNaN(one));
        assert.deepEqual(rounded(window), rounded(total));
      }),
      { numRuns: 200 },
    );
  });
});

/** Every number of it; merged means differ in their last digits. */
function rounded(report: unknown): number[] {
  if (typeof report === 'number') return [Math.round(report * 1e6)];
  if (typeof report !== 'object' || report === null) return [];
  return Object.values(report).flatMap(rounded);
}
