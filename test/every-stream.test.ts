/** MJPEG and pictures of streams that are not JPEG: there for every one, and made for nobody who does not look. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { noReaders } from '../src/api/testing.js';
import type { StreamView } from '../src/api/views.js';
import { RunningAppliance } from './support/appliance.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { ringFiles } from './support/shm.js';
import { until } from './support/until.js';

const small = { width: 320, height: 180, framerate: 10, linger: '1s' };
let appliance: RunningAppliance;

async function sizeOf(jpeg: Buffer): Promise<string> {
  const { format, width, height } = await sharp(jpeg).metadata();
  return `${format} ${width}x${height}`;
}

/** When no branch of the camera runs. */
function asleep(camera: string): Promise<StreamView[]> {
  const closed = async () => {
    const { streams } = await appliance.camera(camera);
    return streams.every(({ open, jpeg }) => !open && !jpeg?.open) && streams;
  };
  return until(`nothing of ${camera} is encoded`, closed, { withinMs: 30_000 });
}

describe('a camera without a JPEG stream', () => {
  before(
    async () => {
      const secret = { codec: 'h264', ...small, width: 160, height: 90, outputs: ['rtsp', 'shm'] };
      appliance = await RunningAppliance.start({
        cameras: {
          coded: { source: 'test', streams: { high: { codec: 'h264', ...small }, secret } },
          raw: {
            source: 'test',
            streams: {
              analysis: { codec: 'raw', ...small },
              grey: { codec: 'raw', format: 'GRAY8', ...small, width: 160, height: 120 },
            },
          },
        },
      });
      await appliance.ready();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('encodes nothing while nobody watches', { timeout: 60_000 }, async () => {
    for (const camera of ['coded', 'raw']) {
      const counted = (streams: readonly StreamView[]) =>
        streams.map(({ encoded, published, jpeg }) => [encoded, published, jpeg?.encoded, jpeg?.published]);
      const before = counted(await asleep(camera));
      const { captured } = await appliance.camera(camera);
      await until(
        '20 more frames were captured',
        async () => (await appliance.camera(camera)).captured > captured + 20,
        { withinMs: 30_000 },
      );
      assert.deepEqual(counted((await appliance.camera(camera)).streams), before);
    }
  });

  for (const [camera, stream, size] of [
    ['coded', 'high', '320x180'],
    ['raw', 'analysis', '320x180'],
    ['raw', 'grey', '160x120'],
  ] as const) {
    it(`shows ${camera}/${stream} as MJPEG, and the stream itself sleeps on`, {
      timeout: 60_000,
    }, async () => {
      const before = (await asleep(camera)).find(({ name }) => name === stream);
      using viewer = await MjpegViewer.open(appliance.http(`/${camera}/${stream}.mjpg`));
      const moving = () => new Set(viewer.parts.map(({ jpeg }) => jpeg.toString('latin1'))).size >= 5;
      await until('moving pictures', moving, { withinMs: 30_000 });
      assert.equal(await sizeOf(viewer.parts[0]?.jpeg ?? Buffer.alloc(0)), `jpeg ${size}`);
      const now = await until('the numbers tell of it', async () => {
        const view = await appliance.stream(camera, stream);
        return view.jpeg?.open && view.jpeg.encoded > (before?.jpeg?.encoded ?? 0) && view;
      });
      assert.deepEqual(now.readers, { ...noReaders, mjpeg: 1 });
      assert.deepEqual([now.open, now.published], [false, before?.published]);
    });

    it(`gives a picture of ${camera}/${stream}, in the size asked for`, { timeout: 60_000 }, async () => {
      const picture = async (query: string) => {
        const response = await fetch(appliance.http(`/${camera}/${stream}.jpg${query}`));
        assert.equal(response.status, 200);
        return sizeOf(Buffer.from(await response.arrayBuffer()));
      };
      assert.equal(await picture(''), `jpeg ${size}`);
      assert.match(await picture('?width=80&format=png'), /^png 80x/);
    });
  }

  it('is what programs that know no names get', { timeout: 60_000 }, async () => {
    const response = await fetch(appliance.http('/?action=snapshot'));
    assert.equal(await sizeOf(Buffer.from(await response.arrayBuffer())), 'jpeg 320x180');
  });

  it('keeps the rings of these branches private', async () => {
    const rings = await ringFiles(appliance.instance);
    const modes = await Promise.all(
      rings.map(async (ring) => [
        ring.slice(`teecam.${appliance.instance}.`.length),
        (await stat(`/dev/shm/${ring}`)).mode & 0o777,
      ]),
    );
    assert.deepEqual(Object.fromEntries(modes), {
      'coded.high': 0o640,
      'coded.high+jpeg': 0o600,
      'coded.secret': 0o640,
      'raw.analysis': 0o640,
      'raw.analysis+jpeg': 0o600,
      'raw.grey': 0o640,
      'raw.grey+jpeg': 0o600,
    });
  });

  it('says of a stream that is not offered so that it is not', async () => {
    for (const path of ['/coded/secret.mjpg', '/coded/secret.jpg']) {
      const response = await fetch(appliance.http(path));
      assert.equal(response.status, 404);
      assert.match(await response.text(), /does not offer the stream \\"secret\\"/);
    }
    assert.equal((await appliance.stream('coded', 'secret')).jpeg, null);
  });
});
