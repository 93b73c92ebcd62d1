/**
 * Hardware encoders: how they are tried, used, and replaced when they fail. The
 * hardware is x264 under another name, from a plugin that this test alone has.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { EncoderView } from '../src/api/routes/encoders.js';
import { RunningAppliance, runTeecam } from './support/appliance.js';
import { repository } from './support/repository.js';
import { ffprobe, PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const folder = await mkdtemp(join(tmpdir(), 'teecam-encoder-'));
after(() => rm(folder, { recursive: true }));

const environment = (fault = '') => ({
  GST_PLUGIN_PATH: join(repository, 'build', 'Release', 'test-plugins'),
  // its own: nobody else's list of elements is to have ours in it
  GST_REGISTRY: join(folder, 'registry.bin'),
  TEECAM_TEST_ENCODER: fault,
});

const profile = {
  cameras: {
    front: {
      source: 'test',
      capture: { width: 320, height: 180, framerate: 30 },
      streams: {
        high: { codec: 'h264', width: 320, height: 180, framerate: 30, gop: 30 },
        other: { codec: 'jpeg', width: 320, height: 180, framerate: 10 },
      },
    },
  },
};

/** `fault`: what the encoder does after so many frames; a trial has 18. */
async function start(fault?: string): Promise<RunningAppliance> {
  const appliance = await RunningAppliance.start(profile, { env: environment(fault) });
  await appliance.ready();
  return appliance;
}

const encoderOf = async (appliance: RunningAppliance) => (await appliance.stream('front', 'high')).encoder;

describe('a hardware encoder that works', () => {
  it('is used, and its key frames are counted like anybody’s', { timeout: 120_000 }, async () => {
    await using appliance = await start();
    assert.equal(await encoderOf(appliance), 'vah264enc');
    assert.match(appliance.errors, /vah264enc works/);
    const { addresses } = await appliance.stream('front', 'high');
    assert.ok(addresses.rtsp);
    const {
      codec_name: codec,
      profile: h264Profile,
      r_frame_rate: rate,
    } = await ffprobe(addresses.rtsp, 'tcp');
    assert.deepEqual([codec, h264Profile, rate], ['h264', 'Constrained Baseline', '30/1']);
    await using player = new PacketViewer(addresses.rtsp, 60);
    const before = await appliance.stream('front', 'high');
    await until('the key frames of a minute', async () => {
      const { published, keyFrames } = await appliance.stream('front', 'high');
      return published > before.published + 90 && keyFrames > before.keyFrames + 2;
    });
    assert.ok(player.running);
    assert.equal((await appliance.camera('front')).restarts, 0);
  });
});

describe('a hardware encoder that exists and does not work', () => {
  it('is refused with its reason, and software encodes', { timeout: 120_000 }, async () => {
    await using appliance = await start('crash:3');
    assert.equal(await encoderOf(appliance), 'x264enc');
    const why = 'its process was ended by SIGSEGV';
    assert.ok(appliance.errors.includes(`vah264enc is not used: ${why}`));
    const [first, second] = await appliance.json<EncoderView[]>('/api/v1/encoders');
    assert.deepEqual(first, { name: 'vah264enc', hardware: true, works: false, detail: why, failures: [] });
    assert.deepEqual(second, { name: 'x264enc', hardware: false, works: null, detail: null, failures: [] });
    assert.equal((await appliance.camera('front')).restarts, 0);
  });

  it('is told by the doctor', { timeout: 120_000 }, async () => {
    await using child = runTeecam(
      ['doctor', '--json', '--set', 'http.port=0', '--set', 'rtsp.port=0'],
      environment('error:3'),
    );
    await child.end(60_000);
    const { findings } = JSON.parse(child.stdout) as { findings: { check: string; message: string }[] };
    const told = findings.filter(({ check }) => check === 'encoders').map(({ message }) => message);
    assert.match(told[0] ?? '', /^vah264enc, in hardware, is refused: the encoder of the test fails/);
    assert.match(told[1] ?? '', /^x264enc, in software, works: .* takes \d+ % of one core$/);
  });
});

describe('a hardware encoder that fails while it runs', () => {
  for (const [fault, words] of [
    ['error:60', /vah264enc failed, another encoder takes its place: .*the encoder of the test fails/],
    ['hang:60', /vah264enc failed, another encoder takes its place: it took frames for \d+ s and gave none/],
    ['crash:60', /vah264enc failed, another encoder takes its place: the camera's worker died 2 times/],
  ] as const) {
    it(`by ${fault.split(':')[0]}, is replaced, and viewers stay`, { timeout: 120_000 }, async () => {
      await using appliance = await start(fault);
      const { addresses } = await appliance.stream('front', 'high');
      assert.ok(addresses.rtsp);
      await using player = new PacketViewer(addresses.rtsp, 100);
      await until('the first pictures', () => player.packets.length > 10, { withinMs: 30_000 });
      assert.equal(await encoderOf(appliance), 'vah264enc');
      await until('software encodes', async () => (await encoderOf(appliance)) === 'x264enc', {
        withinMs: 40_000,
      });
      const packets = player.packets.length;
      // more than the hardware would have given
      await until('pictures go on', () => player.packets.length > packets + 70, { withinMs: 30_000 });
      assert.ok(player.running, 'the viewer was not disconnected');
      assert.match(appliance.errors, words);
      const { health } = await appliance.camera('front');
      assert.notEqual(health, 'failed');
    });
  }
});
