/** How cameras of the network are connected to. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { h264, h265, RtspCamera } from './support/rtsp-camera.js';
import { until } from './support/until.js';

const own = { codec: 'copy' };

describe('a camera with RTSP', () => {
  it('is asked what it gives once, and again when that has changed', { timeout: 120_000 }, async () => {
    const first = await RtspCamera.start({ launch: h264(320, 180) });
    const { port } = first;
    await using appliance = await RunningAppliance.start({
      cameras: { net: { source: first.address, streams: { own } } },
    });
    const delivers = (codec: string, width: number) =>
      until(
        `${codec} ${width}`,
        async () => {
          const [camera, stream] = await Promise.all([
            appliance.camera('net'),
            appliance.stream('net', 'own'),
          ]);
          return camera.state === 'live' && stream.codec === codec && stream.width === width;
        },
        { withinMs: 30_000 },
      );
    const gone = () =>
      until('it is missed', async () => (await appliance.camera('net')).state === 'slate', {
        withinMs: 20_000,
      });
    try {
      await delivers('h264', 320);
      assert.equal(first.connections, 2);
    } finally {
      await first[Symbol.asyncDispose]();
    }
    await gone();
    {
      await using same = await RtspCamera.start({ launch: h264(320, 180), port });
      await delivers('h264', 320);
      assert.equal(same.connections, 1);
    }
    await gone();
    {
      await using larger = await RtspCamera.start({ launch: h264(640, 360), port });
      await delivers('h264', 640);
      assert.equal(larger.connections, 3);
    }
    await gone();
    await using other = await RtspCamera.start({ launch: h265(640, 360), port });
    await delivers('h265', 640);
    assert.ok(other.connections >= 2);
  });

  it('may have no TCP', { timeout: 60_000 }, async () => {
    await using camera = await RtspCamera.start({ launch: h264(320, 180), protocols: 'udp' });
    await using appliance = await RunningAppliance.start({
      cameras: { net: { source: camera.address, streams: { own } } },
    });
    await appliance.ready();
    assert.equal((await appliance.stream('net', 'own')).codec, 'h264');
    assert.match(JSON.stringify(await appliance.json('/api/v1/cameras/net/graph.json')), /udp/);
  });
});
