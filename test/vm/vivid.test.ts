import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
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

  test('a failing script is told apart', { timeout: 120_000 }, async () => {
    const { output, code } = await runInMachine('echo nothing of the kind; exit 7', 100_000);
    assert.equal(code, 7);
    assert.match(output, /nothing of the kind/);
  });
});
