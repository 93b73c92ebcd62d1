import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { repository } from '../support/repository.js';
import type { GuestReport } from './guest.js';
import { buildMachine, machineUnavailable, runInMachine } from './machine.js';

suite('a real V4L2 driver', { skip: machineUnavailable() ?? false }, () => {
  before(buildMachine, { timeout: 300_000 });

  test('the machine has one, and GStreamer captures from it', { timeout: 180_000 }, async () => {
    const { output, code } = await runInMachine(
      `v4l2-ctl -d /dev/video0 --list-formats
       gst-launch-1.0 -q v4l2src device=/dev/video0 num-buffers=5 \\
         ! video/x-raw,format=YUY2,width=320,height=180 ! filesink location=/dev/shm/frames &&
       stat -c 'bytes %s' /dev/shm/frames`,
      150_000,
    );
    assert.equal(code, 0, output);
    assert.match(output, /'YUYV'/);
    assert.match(output, /^bytes 576000$/m);
  });

  test('teecam serves it as RTSP and as ring', { timeout: 400_000 }, async (t) => {
    const guest = join(repository, 'dist', 'test', 'vm', 'guest.js');
    const { output, code } = await runInMachine(`node '${guest}'`, 360_000);
    assert.equal(code, 0, output);
    const { camera, probed, ring, onDemand } = JSON.parse(
      output.slice(output.lastIndexOf('\n{')),
    ) as GuestReport;
    assert.match(camera.source.caps ?? '', /width=\(int\)320/);
    assert.equal(probed.codec_name, 'h264');
    assert.equal(`${probed.width}x${probed.height}`, '320x180');
    assert.deepEqual(
      { gaps: ring.gaps, missed: ring.missed, torn: ring.torn },
      { gaps: 0, missed: 0, torn: 0 },
    );
    assert.deepEqual(ring.shape, [270, 320]);
    assert.equal(ring.slates, 0);
    assert.equal(onDemand.otherAsleep, 0);
    assert.notEqual(onDemand.otherAwake, 0);
    t.diagnostic(`asleep to picture: ${onDemand.pictureMs} ms, emulated`);
  });

  test('a failing script is told apart', { timeout: 120_000 }, async () => {
    const { output, code } = await runInMachine('echo nothing of the kind; exit 7', 100_000);
    assert.equal(code, 7);
    assert.match(output, /nothing of the kind/);
  });
});
