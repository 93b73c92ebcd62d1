/** A machine that runs short while the appliance runs: what it has goes on, what is new waits, nothing ends. */
import assert from 'node:assert/strict';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { canHaveOwnShm, ownShm, shmOf } from './support/shared-memory.js';
import { until } from './support/until.js';

const size = { width: 320, height: 180, framerate: 10 };
const profile = {
  // Files are to run out, not places.
  limits: { sessions: { stream: 1000, camera: 1000 } },
  cameras: {
    front: {
      source: 'test',
      capture: { width: 320, height: 180 },
      streams: { high: { codec: 'h264', ...size }, low: { codec: 'jpeg', ...size } },
    },
  },
};

/** Takes all the room there is. */
async function fill(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const file = await open(path, 'w');
  const piece = Buffer.alloc(1 << 16);
  try {
    for (;;) await file.write(piece);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    return path;
  } finally {
    await file.close();
  }
}

async function goesOn(viewer: MjpegViewer): Promise<void> {
  const parts = viewer.parts.length;
  await until('pictures go on', () => viewer.parts.length > parts + 10, { withinMs: 20_000 });
}

describe('a /dev/shm that others fill', { skip: !canHaveOwnShm && 'no mount namespaces here' }, () => {
  it('costs nothing that runs; a lost name comes back when there is room', { timeout: 120_000 }, async () => {
    await using appliance = await RunningAppliance.start(profile, { prefix: ownShm('16m') });
    await appliance.ready();
    const { addresses } = await appliance.stream('front', 'low');
    assert.ok(addresses.mjpeg);
    using viewer = await MjpegViewer.open(addresses.mjpeg);
    await goesOn(viewer);
    const folder = shmOf(appliance.pid);
    const filled = [await fill(folder, 'fill')];
    await goesOn(viewer);

    const ring = join(folder, `teecam.${appliance.instance}.front.high`);
    await rm(ring);
    filled.push(await fill(folder, 'fill-more'));
    await until('the log says what is missing', () => /needs \d+ bytes, \d+ are free/.test(appliance.log), {
      withinMs: 20_000,
    });
    await goesOn(viewer);
    for (const path of filled) await rm(path);
    const back = () => stat(ring).then(() => true);
    await until('the ring has its name again', back, { withinMs: 20_000 });
    const { addresses: high } = await appliance.stream('front', 'high');
    assert.ok(high.rtsp);
    await using player = new PacketViewer(high.rtsp, 30);
    await until('it is written', () => player.packets.length > 5, { withinMs: 20_000 });
  });
});

describe('too many open files', () => {
  it('turn new connections away, and nobody who is there', { timeout: 120_000 }, async () => {
    const few = ['sh', '-c', 'ulimit -n 256 && exec "$@"', 'sh'];
    await using appliance = await RunningAppliance.start(profile, { prefix: few });
    await appliance.ready();
    const [low, high] = [
      (await appliance.stream('front', 'low')).addresses.mjpeg,
      (await appliance.stream('front', 'high')).addresses.rtsp,
    ];
    assert.ok(low && high);
    using first = await MjpegViewer.open(low);
    await goesOn(first);
    const crowd: MjpegViewer[] = [];
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      try {
        crowd.push(await MjpegViewer.open(low));
      } catch {
        refused += 1; // that is what is counted
      }
    }
    assert.ok(crowd.length > 50 && refused > 50, `${crowd.length} were served, ${refused} turned away`);
    assert.match(appliance.log, /connections are turned away/);
    await goesOn(first);
    {
      // The first viewer of this stream: its media needs files for a context and its sockets.
      await using player = new PacketViewer(high, 30);
      await until('RTSP is served', () => player.packets.length > 5, { withinMs: 20_000 });
    }
    for (const viewer of crowd) viewer[Symbol.dispose]();
    await goesOn(first);
    const late = await until('new ones are served again', () => MjpegViewer.open(low));
    await goesOn(late);
    late[Symbol.dispose]();
    await appliance.ready();
  });
});
