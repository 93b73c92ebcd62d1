/** OpenCV over RTSP: the client of many vision programs, and the one that showed damaged pictures where others hid them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RunningAppliance } from './support/appliance.js';
import { python, report } from './support/ring-readers.js';

describe('OpenCV over RTSP', () => {
  it('gets whole pictures, also when it joins late', { timeout: 90_000 }, async () => {
    const high = { codec: 'h264', width: 640, height: 360, framerate: 15, gop: '4s', always: true };
    await using appliance = await RunningAppliance.start({
      cameras: { front: { source: 'test', streams: { high } } },
    });
    await appliance.ready();
    const { addresses } = await appliance.stream('front', 'high');
    assert.ok(addresses.rtsp);
    for (let joins = 0; joins < 2; joins++) {
      await using child = python('opencv_rtsp.py', [addresses.rtsp, '75']);
      const result = await report<{ frames: number; shapes: number[][]; worst: number }>(child, 40_000);
      assert.equal(result.frames, 75);
      assert.deepEqual(result.shapes, [[360, 640, 3]]);
      assert.ok(result.worst < 8, `rows of the same bars differ by ${result.worst}`);
    }
  });
});
