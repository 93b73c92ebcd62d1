/** A source that has encoded: its frames reach viewers as they are, and are decoded for nobody who needs no pixels. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { GraphView } from '../src/api/graph-view.js';
import { RunningAppliance } from './support/appliance.js';
import { output } from './support/child.js';
import { footage } from './support/footage.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PythonReader } from './support/ring-readers.js';
import { decode, PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

const size = { width: 640, height: 360, framerate: 15 };
const encoders = {
  'own.avi': ['-c:v', 'mjpeg', '-q:v', '4'],
  // Longer groups than a client that joins would wait for when nobody asks.
  'own.mkv': ['-c:v', 'libx264', '-profile:v', 'baseline', '-g', '30', '-sc_threshold', '0'],
};

let folder: string;
let appliance: RunningAppliance;

async function makeClip(name: keyof typeof encoders): Promise<void> {
  const input = ['-v', 'error', '-y', '-i', await footage(), '-an', '-t', '12', '-pix_fmt', 'yuv420p'];
  await output('ffmpeg', [...input, '-vf', 'scale=640:360,fps=15', ...encoders[name], join(folder, name)]);
}

async function change(body: unknown, path = ''): Promise<void> {
  const response = await fetch(appliance.http(`/api/v1/cameras/front${path}`), {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  assert.ok(response.ok, await response.text());
}

async function rtsp(stream: string): Promise<string> {
  const { addresses } = await appliance.stream('front', stream);
  assert.ok(addresses.rtsp);
  return addresses.rtsp;
}

/** Frames that the decoder was given. */
async function decoded(): Promise<number> {
  const graph = await appliance.json<GraphView>('/api/v1/cameras/front/graph.json');
  return graph.links.find(({ to }) => to === 'encoded.picture.decode')?.frames ?? 0;
}

const passing = (stream: string, codec: string) => async () => {
  const [{ state }, view] = [await appliance.camera('front'), await appliance.stream('front', stream)];
  return state === 'live' && view.passesThrough && view.codec === codec;
};

describe('a source that has encoded', () => {
  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'teecam-encoded-'));
      await makeClip('own.avi');
      await makeClip('own.mkv');
      appliance = await RunningAppliance.start({
        cameras: {
          front: {
            source: `file:${join(folder, 'own.avi')}`,
            streams: {
              own: { codec: 'copy', ...size, linger: '1s' },
              slow: { codec: 'jpeg', ...size, framerate: 5, linger: '1s' },
              high: { codec: 'h264', ...size, linger: '1s' },
              small: { codec: 'raw', ...size, width: 320, height: 180, linger: '1s' },
            },
          },
        },
      });
      await until('it passes through', passing('own', 'jpeg'), { withinMs: 30_000 });
    },
    { timeout: 120_000 },
  );
  after(async () => {
    await appliance?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('gives viewers its own JPEG, byte for byte, also fewer of them, and nothing is decoded', {
    timeout: 60_000,
  }, async () => {
    const clip = await readFile(join(folder, 'own.avi'));
    const before = await decoded();
    for (const stream of ['own', 'slow']) {
      using viewer = await MjpegViewer.open(appliance.http(`/front/${stream}.mjpg`));
      const parts = await until('ten pictures', () => viewer.parts.length > 10 && viewer.parts, {
        withinMs: 20_000,
      });
      for (const { jpeg } of parts.slice(1)) assert.ok(clip.includes(jpeg), 'a picture is not of the file');
    }
    assert.deepEqual([(await appliance.stream('front', 'own')).encoded, await decoded()], [0, before]);
  });

  it('is decoded while somebody needs its pixels', { timeout: 60_000 }, async () => {
    const before = await decoded();
    {
      await using reader = new PythonReader(appliance, 'front', 'small', 60);
      await until('a raw frame', () => reader.hasFrames, { withinMs: 20_000 });
      const seen = await decode(await rtsp('high'), 'tcp', 2);
      assert.ok(seen.frames > 10);
      assert.equal(seen.complaints, '');
      await until('it was counted', async () => (await decoded()) > before);
    }
    await until('nobody reads', async () => {
      const { streams } = await appliance.camera('front');
      return streams.every(({ open }) => !open);
    });
    const after = await decoded();
    const { captured } = await appliance.camera('front');
    await until('more frames', async () => (await appliance.camera('front')).captured > captured + 20);
    assert.equal(await decoded(), after);
  });

  it('is encoded anew for a stream that is to have a quality, whose viewers stay', {
    timeout: 60_000,
  }, async () => {
    const clip = await readFile(join(folder, 'own.avi'));
    using viewer = await MjpegViewer.open(appliance.http('/front/slow.mjpg'));
    const isOwn = () =>
      viewer.parts.length > 0 && clip.includes(viewer.parts.at(-1)?.jpeg ?? Buffer.alloc(1));
    await until('its own pictures', isOwn, { withinMs: 20_000 });
    await change({ quality: 30 }, '/streams/slow');
    await until('pictures made here', () => !isOwn(), { withinMs: 20_000 });
    assert.equal((await appliance.stream('front', 'slow')).passesThrough, false);
    await change({ quality: null }, '/streams/slow');
    await until('its own pictures again', isOwn, { withinMs: 20_000 });
    assert.ok(!viewer.ended);
  });

  it('may become another one, of another codec, while it is watched', { timeout: 90_000 }, async () => {
    using mjpeg = await MjpegViewer.open(appliance.http('/front/slow.mjpg'));
    await using reader = new PythonReader(appliance, 'front', 'small', 120);
    await using player = new PacketViewer(await rtsp('high'), 120);
    const all = () => mjpeg.parts.length > 3 && reader.hasFrames && player.packets.length > 5;
    await until('everything is watched', all, { withinMs: 30_000 });

    await change({ source: `file:${join(folder, 'own.mkv')}` });
    await until('H.264 passes through', passing('high', 'h264'), { withinMs: 30_000 });
    assert.ok(await passing('own', 'h264')());
    const [parts, packets] = [mjpeg.parts.length, player.packets.length];
    const more = () => mjpeg.parts.length > parts + 5 && player.packets.length > packets + 20;
    await until('who watched goes on', more, { withinMs: 30_000 });
    assert.ok(!mjpeg.ended && player.running);
  });

  it('lets those who join begin at a key frame of its own', { timeout: 60_000 }, async () => {
    const url = await rtsp('own');
    await using first = new PacketViewer(url, 60);
    await until('one watches', () => first.packets.length > 5, { withinMs: 20_000 });
    for (let round = 0; round < 2; round++) {
      const { stdout } = await output('ffprobe', [
        ...['-v', 'error', '-rtsp_transport', 'tcp', '-show_entries', 'packet=flags', '-of', 'csv=p=0'],
        ...['-read_intervals', '%+#3', url],
      ]);
      assert.match(stdout, /^K/, 'the first packet is a key frame');
    }
    const seen = await decode(url, 'tcp', 3);
    assert.ok(seen.frames > 20);
    assert.equal(seen.complaints, '');
    assert.equal((await appliance.stream('front', 'own')).encoded, 0);
  });

  it('shows the slate in its own codec when it goes, to those who watch', { timeout: 90_000 }, async () => {
    await using player = new PacketViewer(await rtsp('own'), 120);
    await until('it is watched', () => player.packets.length > 20, { withinMs: 30_000 });
    await change({ source: `file:${join(folder, 'own.mkv')}?loop=1` });
    const ended = async () => (await appliance.camera('front')).reason === 'ended';
    await until('the file has been played', ended, { withinMs: 40_000 });
    const before = player.packets.length;
    await until('it goes on with the slate', () => player.packets.length > before + 10, { withinMs: 20_000 });
    const seen = await decode(await rtsp('own'), 'tcp', 2);
    assert.ok(seen.frames > 5);
    assert.equal(seen.complaints, '');
    assert.ok(player.running);
  });
});
