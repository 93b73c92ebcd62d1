import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, suite, type TestContext, test } from 'node:test';
import { repository } from '../support/repository.js';
import type { GuestReport } from './guest.js';
import type { FaultsReport } from './guest-faults.js';
import type { UsbReport } from './guest-usb.js';
import type { WebcamsReport } from './guest-webcams.js';
import { buildMachine, machineUnavailable, runInMachine } from './machine.js';
import type { Trial } from './trials.js';

/** What a program reports that runs inside, as its last line. */
async function reportOf<Report>(program: string, timeoutMs: number): Promise<Report> {
  const guest = join(repository, 'dist', 'test', 'vm', program);
  const { output, code } = await runInMachine(`node '${guest}'`, timeoutMs);
  assert.equal(code, 0, output);
  return JSON.parse(output.slice(output.lastIndexOf('\n{'))) as Report;
}

/** On a machine that is some twenty times slower than others: a second for the slate and two for the camera, there. */
function assertSurvived(t: TestContext, trials: readonly Trial[]): void {
  for (const { what, reasons, slateAfterMs, liveAfterMs } of trials) {
    t.diagnostic(`${what}: slate after ${slateAfterMs} ms, camera after ${liveAfterMs} ms; ${reasons}`);
    assert.ok(slateAfterMs < 5_000 && liveAfterMs < 20_000, what);
  }
}

suite('a real V4L2 driver', { skip: machineUnavailable() ?? false }, () => {
  before(buildMachine, { timeout: 300_000 });

  test('the machine has one, GStreamer captures from it, and a script can fail', {
    timeout: 350_000,
  }, async () => {
    const { output, code } = await runInMachine(
      `v4l2-ctl -d /dev/video0 --list-formats
       gst-launch-1.0 -q v4l2src device=/dev/video0 num-buffers=5 \\
         ! video/x-raw,format=YUY2,width=320,height=180 ! filesink location=/dev/shm/frames &&
       stat -c 'bytes %s' /dev/shm/frames && exit 7`,
      300_000,
    );
    assert.equal(code, 7, output);
    assert.match(output, /'YUYV'/);
    assert.match(output, /^bytes 576000$/m);
  });

  test('teecam serves it as RTSP and as ring', { timeout: 650_000 }, async (t) => {
    const { camera, probed, ring, onDemand } = await reportOf<GuestReport>('guest.js', 600_000);
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

  test('whatever is wrong with a device has its reason, and no viewer goes', {
    timeout: 650_000,
  }, async (t) => {
    const { trials, missed, stayed, slow } = await reportOf<FaultsReport>('guest-faults.js', 600_000);
    assertSurvived(t, trials);
    assert.ok(stayed);
    assert.equal(missed, 0);
    t.diagnostic(slow);
  });

  test('a webcam that is unplugged and comes back', { timeout: 650_000 }, async (t) => {
    const { trials, missed, stayed, nodes, kept, restarts } = await reportOf<UsbReport>(
      'guest-usb.js',
      600_000,
    );
    assertSurvived(t, trials);
    assert.ok(stayed);
    assert.equal(missed, 0);
    const [first, other] = nodes;
    assert.notEqual(other, first);
    assert.deepEqual(kept, []);
    assert.equal(restarts, 0);
  });

  test('twins that swap their nodes, and H.264 that does not begin with a key frame', {
    timeout: 650_000,
  }, async () => {
    const { twins, alone, listed, printed, starts } = await reportOf<WebcamsReport>(
      'guest-webcams.js',
      600_000,
    );
    const [before, after] = twins;
    assert.ok(before);
    assert.equal(before.left.colour, 'red');
    assert.equal(before.right.colour, 'blue');
    assert.deepEqual(after, {
      left: { colour: 'red', path: before.right.path },
      right: { colour: 'blue', path: before.left.path },
    });
    assert.deepEqual([alone.state, alone.restarts], ['live', 0]);
    const [one, other] = ['left', 'right'].map((name) =>
      listed.find(({ cameras }) => cameras.includes(name)),
    );
    assert.ok(one && other);
    assert.deepEqual(
      [one.name, one.vendor, one.product, one.serial],
      [other.name, other.vendor, other.product, null],
    );
    for (const { source, path } of [one, other]) {
      assert.match(source, /^v4l2:bus=usb-vhci_hcd\.0-[12]$/);
      assert.equal(printed.find((device) => device.path === path)?.source, source);
    }
    assert.notEqual(one.source, other.source);
    assert.ok(starts.every(Boolean));
  });
});
