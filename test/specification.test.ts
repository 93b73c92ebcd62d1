/** The default profile on a moving test picture: every stream, every client, all at once. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { type ProfileText, RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { repository } from './support/repository.js';
import { PythonReader, python, report } from './support/ring-readers.js';
import { decode, ffprobe, PacketViewer } from './support/rtsp-clients.js';
import { until } from './support/until.js';

/** Seconds that every reader is watched for; one whole span of them is enough. */
const spans = [60, 20, 20, 20, 20, 20, 20];
let appliance: RunningAppliance;

interface DefaultProfile extends ProfileText {
  cameras: { front: { source: string; ladder?: string[]; streams: Record<string, { port?: number }> } };
}

/** The profile that ships, on free ports. A machine that is busy with other tests loses frames, but lowers nothing. */
async function defaultProfile(): Promise<DefaultProfile> {
  const text = await readFile(join(repository, 'pipelines', 'default.yaml'), 'utf8');
  const { cameras } = parse(text) as DefaultProfile;
  cameras.front.source = 'test';
  cameras.front.ladder = [];
  for (const stream of Object.values(cameras.front.streams)) if (stream.port !== undefined) stream.port = 0;
  return { cameras };
}

async function address(stream: string, kind: 'rtsp' | 'mjpeg' | 'mjpegPort' | 'picture'): Promise<string> {
  const { addresses } = await appliance.stream('front', stream);
  const found = addresses[kind];
  assert.ok(found, `front/${stream} has no address for ${kind}`);
  return found;
}

describe('the four streams of the default profile', () => {
  before(
    async () => {
      appliance = await RunningAppliance.start(await defaultProfile());
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('encodes nothing while nobody watches', async () => {
    const closed = async () => {
      const { streams } = await appliance.camera('front');
      return streams.every(({ open, jpeg }) => !open && !jpeg?.open) && streams;
    };
    const before = await until('every branch is closed', closed, { withinMs: 20_000 });
    const captured = (await appliance.camera('front')).captured;
    await until(
      '120 more frames were captured',
      async () => (await appliance.camera('front')).captured > captured + 120,
    );
    const { streams } = await appliance.camera('front');
    const counted = (all: typeof streams) =>
      all.map(({ name, encoded, published, jpeg }) => ({ name, encoded, published, jpeg: jpeg?.encoded }));
    assert.deepEqual(counted(streams), counted(before));
  });

  for (const transport of ['udp', 'tcp'] as const) {
    it(`is H.264 1920x1080 at 30 for ffprobe over ${transport.toUpperCase()}`, {
      timeout: 60_000,
    }, async () => {
      const url = await address('high', 'rtsp');
      // It guesses the rate from the first frames it gets, of which a busy machine may have lost some.
      await until(
        'ffprobe tells 30 frames a second',
        async () => {
          const probed = await ffprobe(url, transport);
          assert.equal(probed.codec_name, 'h264');
          assert.equal(`${probed.width}x${probed.height}`, '1920x1080');
          assert.equal(probed.r_frame_rate, '30/1');
          return true;
        },
        { withinMs: 45_000 },
      );
    });
  }

  it('plays without a damaged picture', { timeout: 60_000 }, async () => {
    const { frames, complaints } = await decode(await address('high', 'rtsp'), 'tcp', 5);
    assert.equal(complaints, '');
    // That it plays at all; the last test tells its rate.
    assert.ok(frames >= 50, `${frames} frames in 5 s`);
  });

  it('sends the same encode to two viewers', { timeout: 60_000 }, async () => {
    const url = await address('high', 'rtsp');
    const before = await appliance.stream('front', 'high');
    // Until they are stopped: each takes its own time to begin.
    await using first = new PacketViewer(url, 60);
    await using second = new PacketViewer(url, 60, 'udp');
    await until(
      'both have 90 packets in common',
      () => {
        const seen = new Set(first.packets.map(({ checksum, size }) => `${checksum} ${size}`));
        return second.packets.filter(({ checksum, size }) => seen.has(`${checksum} ${size}`)).length > 90;
      },
      { withinMs: 45_000, everyMs: 500 },
    );
    const after = await appliance.stream('front', 'high');
    assert.ok(
      after.encoded - before.encoded <= after.published - before.published + 5,
      'one encode for both',
    );
  });

  it('shows the same picture in the ring and as JPEG', { timeout: 90_000 }, async () => {
    await using child = python('compare_picture.py', [
      ...['front', 'analysis', appliance.instance, await address('medium', 'mjpeg')],
    ]);
    const result = await report<{ pairs: number; sameFrame: number; otherFrame: number }>(child, 60_000);
    assert.equal(result.pairs, 10);
    assert.ok(result.sameFrame < 4, `mean difference of colours: ${result.sameFrame}`);
    // The comparison must be able to fail: a frame of another moment is further away.
    assert.ok(result.otherFrame > 5 * result.sameFrame, JSON.stringify(result));
  });

  // Whatever else the machine does may take the processor from a reader for longer than its ring holds. What is wrong
  // with the program is wrong in every span of time.
  it('gives every reader its rate, and drops nothing', { timeout: 360_000 }, async () => {
    const spoilt: unknown[] = [];
    for (const seconds of spans) {
      try {
        return await watch(seconds);
      } catch (error) {
        spoilt.push(error);
      }
    }
    throw new AggregateError(spoilt, `none of these was clean: ${spans.join(', ')} seconds`);
  });
});

async function watch(span: number): Promise<void> {
  await using analysis = new PythonReader(appliance, 'front', 'analysis', span);
  await using high = new PacketViewer(await address('high', 'rtsp'), span + 30);
  using medium = await MjpegViewer.open(await address('medium', 'mjpegPort'));
  using low = await MjpegViewer.open(await address('low', 'mjpegPort'));
  await until(
    'every reader has frames',
    () => analysis.hasFrames && high.packets.length > 30 && low.parts.length > 15,
    {
      withinMs: 20_000,
    },
  );
  const look = async () => ({
    at: performance.now(),
    streams: (await appliance.camera('front')).streams,
    received: { high: high.packets.length, medium: medium.parts.length, low: low.parts.length },
  });
  const before = await look();
  const ring = await analysis.report();
  const after = await look();

  const seconds = (after.at - before.at) / 1000;
  for (const [i, stream] of after.streams.entries()) {
    const published = stream.published - (before.streams[i]?.published ?? 0);
    const due = stream.framerate * seconds;
    // Counters are told once a second: a second may fall on either side.
    const tolerated = 0.03 * due + stream.framerate;
    assert.ok(Math.abs(published - due) < tolerated, `${stream.name}: ${published} in ${seconds} s`);
    if (stream.name === 'analysis') continue;
    const name = stream.name as keyof typeof after.received;
    const received = after.received[name] - before.received[name];
    const counts = `${name}: ${received} received of ${published}`;
    assert.ok(Math.abs(received - published) < tolerated, counts);
  }
  assert.ok(Math.abs(ring.frames / ring.seconds - 30) < 1.5, `${ring.frames} frames in ${ring.seconds} s`);
  assert.deepEqual(
    { gaps: ring.gaps, missed: ring.missed, torn: ring.torn },
    { gaps: 0, missed: 0, torn: 0 },
  );
  assert.deepEqual(ring.shape, [1620, 1920]);
  assert.ok(ring.ageP50Ms > 0 && ring.ageP50Ms < 100, `age ${ring.ageP50Ms} ms`);
  const dropped = after.streams.map(({ name, dropped: now }, i) => [
    name,
    now - (before.streams[i]?.dropped ?? 0),
  ]);
  assert.deepEqual(Object.fromEntries(dropped), { high: 0, medium: 0, low: 0, analysis: 0 });
}
