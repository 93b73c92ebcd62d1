/** A camera that sends H.265: what passes through of it, and what is made of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { Ring } from '../src/index.js';
import { RunningAppliance } from './support/appliance.js';
import { Child } from './support/child.js';
import { h265, RtspCamera } from './support/rtsp-camera.js';
import { ffprobe, PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const vps = 32;
const firstUnit = (frame: Buffer) => ((frame[frame.indexOf(1) + 1] ?? 0) >> 1) & 0x3f;

describe('a camera that sends H.265', () => {
  it('passes to RTSP and rings, with its slate, and is decoded for all else', {
    timeout: 120_000,
  }, async () => {
    await using camera = await RtspCamera.start({ launch: h265(320, 180) });
    await using appliance = await RunningAppliance.start({
      cameras: {
        net: {
          source: camera.address,
          streams: { own: { codec: 'copy' }, low: { codec: 'jpeg', width: 160, height: 90, framerate: 5 } },
        },
      },
    });
    await appliance.ready();
    const stream = await appliance.stream('net', 'own');
    assert.deepEqual(
      [stream.codec, stream.width, stream.height, stream.passesThrough],
      ['h265', 320, 180, true],
    );
    assert.equal(stream.addresses.ts, null);
    const { rtsp } = stream.addresses;
    assert.ok(rtsp);
    const { codec_name, width, height } = await ffprobe(rtsp, 'tcp');
    assert.deepEqual([codec_name, width, height], ['hevc', 320, 180]);
    await using player = new PacketViewer(rtsp, 60);
    const decoding = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', rtsp, '-f', 'null', '-'];
    await using decoder = new Child('ffmpeg', decoding);
    await until('the player plays', () => player.packets.length > 15, { withinMs: 20_000 });

    using ring = Ring.open('net', 'own', { instance: appliance.instance });
    assert.equal(ring.info.fourcc, 'HEVC');
    const frames = ring[Symbol.asyncIterator]();
    const first = (await frames.next()).value;
    assert.ok(first?.info.key && !first.info.slate);
    assert.equal(firstUnit(first.data), vps);
    first.release();

    // Decoded for these.
    for (const name of ['own', 'low']) {
      const picture = await fetch(appliance.http(`/net/${name}.jpg`));
      assert.equal(picture.status, 200, name);
      assert.equal((await sharp(await picture.arrayBuffer()).metadata()).format, 'jpeg');
    }
    const mp4 = await fetch(appliance.http('/net/own.mp4'));
    assert.equal(mp4.status, 404);
    assert.match(await mp4.text(), /h265/);

    const changes = (slate: boolean) =>
      until(
        `slate: ${slate}`,
        async () => {
          const { value } = await frames.next();
          using frame = value ?? null;
          return frame?.info.slate === slate && { key: frame.info.key, unit: firstUnit(frame.data) };
        },
        { withinMs: 20_000, everyMs: 0 },
      );
    camera.signal('SIGSTOP');
    assert.deepEqual(await changes(true), { key: true, unit: vps });
    camera.signal('SIGCONT');
    assert.deepEqual(await changes(false), { key: true, unit: vps });
    const packets = player.packets.length;
    await until('the player goes on', () => player.packets.length > packets + 15);
    assert.ok(player.running && decoder.running);
    // Of camera, slate and camera again: each has parameter sets of its own.
    assert.doesNotMatch(decoder.stderr, /hevc/);
  });
});
