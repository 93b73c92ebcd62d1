/** Many small cameras in one appliance, all watched at once. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { alive } from './support/processes.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { ringFiles } from './support/shm.js';
import { until } from './support/until.js';

const size = { width: 320, height: 240, framerate: 5 };
const names = Array.from({ length: 16 }, (_, i) => `cam${i + 1}`);
const camera = {
  source: 'test',
  capture: size,
  streams: { high: { codec: 'h264', ...size }, low: { codec: 'jpeg', ...size } },
};

/** Its share of memory: what several processes have in common counts in parts. */
async function shareKb(pid: number): Promise<number> {
  return Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
}

describe('sixteen cameras', () => {
  it('are all live, all watched, and end cleanly', { timeout: 300_000 }, async (context) => {
    const cameras = Object.fromEntries(names.map((name) => [name, camera]));
    await using appliance = await RunningAppliance.start({ cameras }, { withinMs: 120_000 });
    await appliance.ready(120_000);
    const workers = await appliance.workers();
    assert.equal(workers.length, names.length);

    const players: PacketViewer[] = [];
    const browsers: MjpegViewer[] = [];
    try {
      for (const name of names) {
        const high = (await appliance.stream(name, 'high')).addresses.rtsp;
        const low = (await appliance.stream(name, 'low')).addresses.mjpeg;
        assert.ok(high && low);
        players.push(new PacketViewer(high, 120));
        browsers.push(await MjpegViewer.open(low));
      }
      await until(
        'every viewer has pictures',
        () =>
          players.every(({ packets }) => packets.length > 5) &&
          browsers.every(({ parts }) => parts.length > 5),
        { withinMs: 120_000 },
      );
      const shares = await Promise.all(workers.map(shareKb));
      const sum = shares.reduce((all, one) => all + one, 0);
      const own = await shareKb(appliance.pid);
      context.diagnostic(`${Math.round(sum / names.length)} kB a worker, ${own} kB the appliance`);
      // Some 10 and 125 MB: twice that is a fault.
      assert.ok(sum / names.length < 20_000 && own < 250_000, `${shares} and ${own} kB`);
      assert.ok(browsers.every(({ ended }) => !ended) && players.every(({ running }) => running));
      assert.deepEqual(await appliance.stop(), { code: 0, signal: null });
      assert.deepEqual(workers.filter(alive), []);
      assert.deepEqual(await ringFiles(appliance.instance), []);
    } finally {
      for (const browser of browsers) browser[Symbol.dispose]();
      for (const player of players) await player[Symbol.asyncDispose]();
    }
  });
});
