/** An event loop that is busy for two seconds: RTSP and rings go on meanwhile, MJPEG afterwards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { repository } from './support/repository.js';
import { PythonReader } from './support/ring-readers.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const framerate = 10;
const blockedMs = 2000;
const size = { width: 320, height: 180, framerate };

class Embedder implements AsyncDisposable {
  readonly instance = `b${process.pid}`;
  readonly #child = spawn(
    process.execPath,
    [join(repository, 'dist', 'test', 'clients', 'embedder.js'), JSON.stringify(this.#profile())],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  readonly #lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('the program has ended');
    return next.value;
  }

  /** Returns when it is over. */
  block(ms: number): Promise<string> {
    this.#child.stdin.write(`${ms}\n`);
    return this.line();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    assert.deepEqual(await exited, [0, null]);
  }

  #profile() {
    const streams = {
      high: { codec: 'h264', ...size },
      low: { codec: 'jpeg', ...size },
      analysis: { codec: 'raw', ...size },
    };
    const cameras = { front: { source: 'test', capture: { width: 320, height: 180 }, streams } };
    return { instance: this.instance, http: { port: 0 }, rtsp: { port: 0 }, cameras };
  }
}

/** Sum of a counter over its labels. */
async function counter(http: string, name: string): Promise<number> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'gm'))];
  assert.ok(values.length > 0, `there is no ${name}`);
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

describe('an appliance whose event loop is blocked', () => {
  it('loses no frame of RTSP and rings, and MJPEG goes on afterwards', { timeout: 120_000 }, async () => {
    await using embedder = new Embedder();
    const { http, rtsp } = JSON.parse(await embedder.line()) as { http: string; rtsp: string };
    await using player = new PacketViewer(`${rtsp}/front/high`, 60);
    using browser = await MjpegViewer.open(`${http}/front/low.mjpg`);
    await using vision = new PythonReader(embedder, 'front', 'analysis', 8);
    await until(
      'all three have pictures',
      () => player.packets.length > 5 && browser.parts.length > 5 && vision.hasFrames,
      { withinMs: 30_000 },
    );
    const dropped = await counter(http, 'teecam_stream_dropped_frames_total');

    const received: number[] = [];
    // All that the time holds, less what was on its way when it was counted.
    const expected = (blockedMs / 1000) * framerate - 5;
    const kept = () => received.filter((packets) => packets >= expected).length;
    // A busy machine may hold frames back from everybody; what the event loop holds back it does every time.
    while (kept() < 2 && received.length < 6) {
      const [packets, parts] = [player.packets.length, browser.parts.length];
      await embedder.block(blockedMs);
      received.push(player.packets.length - packets);
      await until('MJPEG goes on', () => browser.parts.length > parts + 3);
    }
    assert.equal(kept(), 2, `${received} RTSP packets while it was blocked`);
    const seen = await vision.report();
    assert.deepEqual([seen.gaps, seen.missed, seen.torn], [0, 0, 0]);
    const lost = (await counter(http, 'teecam_stream_dropped_frames_total')) - dropped;
    assert.equal(lost, 0);
    assert.ok(!browser.ended && player.running);
    const times = player.packets.map(({ pts }) => pts / 90_000);
    const widest = Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? time)));
    // A busy machine may miss a frame of the camera; two seconds would be the event loop's doing.
    assert.ok(widest < 1, `${widest} s without a frame`);
  });
});
