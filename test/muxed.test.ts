/** H.264 over HTTP and WebSockets, for the players that people have. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import type { ChangeView } from '../src/api/views.js';
import { jpegSize } from '../src/output/jpeg-size.js';
import { RunningAppliance } from './support/appliance.js';
import { Child, output } from './support/child.js';
import { TsViewer } from './support/ts-viewer.js';
import { until } from './support/until.js';

/** ffprobe and Chromium take their time where everything else is tested too. */
const patiently = { withinMs: 30_000 };
let appliance: RunningAppliance;

async function start(): Promise<RunningAppliance> {
  const running = await RunningAppliance.start({
    cameras: {
      front: {
        source: 'test',
        capture: { width: 640, height: 360, framerate: 15 },
        streams: {
          // A key frame of its own comes so rarely that each viewer has to be given one.
          high: { codec: 'h264', width: 640, height: 360, framerate: 15, gop: '60s' },
          low: { codec: 'jpeg', width: 320, height: 180, framerate: 15, outputs: ['ws'] },
        },
      },
    },
  });
  await running.ready();
  return running;
}

async function change(stream: string, body: object): Promise<void> {
  const response = await fetch(appliance.http(`/api/v1/cameras/front/streams/${stream}`), {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  assert.ok(response.ok, JSON.stringify((await response.json()) as ChangeView));
}

/** What a WebSocket brings. */
class SocketViewer implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly types: string[] = [];
  newest: Buffer = Buffer.alloc(0);
  readonly #client: WebSocket;

  constructor(path: string) {
    this.#client = new WebSocket(appliance.http(path).replace('http', 'ws'));
    this.#client.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.texts.push(data.toString());
      else this.types.push(data.subarray(4, 8).toString());
      this.newest = data;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.terminate();
  }
}

describe('H.264 over HTTP', () => {
  before(
    async () => {
      appliance = await start();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  for (const container of ['ts', 'mp4']) {
    it(`is decoded by ffmpeg from .${container} without a complaint`, { timeout: 60_000 }, async () => {
      const address = appliance.http(`/front/high.${container}`);
      const probed = await output(
        'ffprobe',
        [
          ...['-v', 'error', '-analyzeduration', '1M', '-select_streams', 'v:0', '-of', 'csv=p=0'],
          ...['-show_entries', 'stream=codec_name,width,height,r_frame_rate', address],
        ],
        30_000,
      );
      // Of a program's stream it tells twice.
      assert.equal(probed.stdout.trim().split('\n')[0], 'h264,640,360,15/1');
      const decoded = await output(
        'ffmpeg',
        ['-v', 'warning', '-i', address, '-frames:v', '30', '-f', 'framecrc', '-'],
        30_000,
      );
      assert.equal(decoded.stderr, '');
      assert.equal(decoded.stdout.split('\n').filter((line) => /^0,.*0x/.test(line)).length, 30);
    });

    it(`is decoded by GStreamer from .${container}`, { timeout: 60_000 }, async () => {
      const demuxer = container === 'ts' ? 'tsdemux' : 'qtdemux';
      const address = appliance.http(`/front/high.${container}`);
      const line = `souphttpsrc location=${address} ! ${demuxer} ! h264parse ! avdec_h264 ! fakesink num-buffers=30`;
      const { stderr } = await output('gst-launch-1.0', ['-q', ...line.split(' ')], 30_000);
      assert.equal(stderr, '');
    });
  }

  it('is played by VLC, from the playlist and from .mp4', { timeout: 120_000 }, async () => {
    for (const path of ['/playlist.m3u', '/front/high.mp4']) {
      const folder = await mkdtemp(join(tmpdir(), 'teecam-vlc-'));
      // VLC does not run as root.
      await chmod(folder, 0o777);
      const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
      const [command = 'vlc', ...words] = [...(process.getuid?.() === 0 ? asNobody : []), 'vlc'];
      const options = ['-I', 'dummy', '--no-audio', '--vout', 'dummy', '--video-filter', 'scene'];
      const pictures = ['--scene-format', 'png', '--scene-ratio', '10', '--scene-path', folder];
      try {
        await using vlc = new Child(command, [...words, ...options, ...pictures, appliance.http(path)], {
          env: { ...process.env, HOME: folder },
        });
        const shown = async () => {
          assert.ok(vlc.running, vlc.stderr);
          return (await readdir(folder)).filter((name) => name.endsWith('.png')).length >= 3;
        };
        await until(`pictures of ${path}`, shown, patiently);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
  });

  it('begins with its tables and a key frame for whoever joins, whenever that is', async (t) => {
    await using first = new TsViewer(appliance.http('/front/high.ts'));
    await until('it plays', () => first.frames > 3);
    const times: number[] = [];
    for (let round = 0; round < 10; round++) {
      await using one = new TsViewer(appliance.http('/front/high.ts'));
      await until('it has begun', () => one.frames > 1, { everyMs: 5 });
      assert.deepEqual(one.beginning, [0, 0x1000, 0x100]);
      assert.ok(one.beginsWithKey);
      times.push(Math.round(one.firstFrameMs ?? 0));
      // At another place between two key frames each time.
      const frames = first.frames + 3 + ((round * 5) % 13);
      await until('some frames later', () => first.frames >= frames);
    }
    t.diagnostic(`milliseconds to the first frame: ${times.join(' ')}`);
    assert.equal(first.faults, 0);
  });

  it('closes the branch when nobody watches, and counts who does', async () => {
    {
      await using _ts = new TsViewer(appliance.http('/front/high.ts'));
      await using _mp4 = new TsViewer(appliance.http('/front/high.mp4'));
      await using _ws = new SocketViewer('/front/high/ws');
      await using _jpeg = new SocketViewer('/front/low/ws');
      await until('all are counted', async () => {
        const { streams } = await appliance.camera('front');
        const [high, low] = streams.map(({ readers }) => readers);
        return high?.ts === 1 && high.mp4 === 1 && high.ws === 1 && low?.ws === 1;
      });
      const { readers } = await appliance.stream('front', 'high');
      assert.deepEqual([readers.ring, readers.inProcess], [0, 0]);
    }
    const closed = async () => (await appliance.camera('front')).streams.every(({ open }) => !open);
    await until('every branch is closed', closed, { withinMs: 20_000 });
  });
});

describe('media over WebSockets', () => {
  before(
    async () => {
      appliance = await start();
    },
    { timeout: 90_000 },
  );
  after(() => appliance?.[Symbol.asyncDispose]());

  it('are JPEG pictures, one a message', async () => {
    await using viewer = new SocketViewer('/front/low/ws');
    await until('some pictures', () => viewer.types.length > 3);
    assert.deepEqual(jpegSize(viewer.newest), { width: 320, height: 180 });
    assert.deepEqual(viewer.texts, []);
  });

  describe('in Chromium', () => {
    let browser: Browser;
    before(async () => {
      const executablePath = process.env['TEECAM_CHROMIUM'] ?? '/usr/bin/chromium';
      const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
      browser = await chromium.launch({ executablePath, args });
    });
    after(() => browser?.close());

    it('play through MSE on the page, through a change of size and the death of the worker', {
      timeout: 120_000,
    }, async (t) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(appliance.http('/'));
      const type = 'video/mp4; codecs="avc1.42C01E"';
      if (!(await page.evaluate(`MediaSource.isTypeSupported('${type}')`))) {
        t.skip('this Chromium decodes no H.264');
        return;
      }
      const video = 'document.querySelector("video")';
      const shows = (width: number) => async () => {
        const now = await page.evaluate<number[]>(
          `[${video}.videoWidth, ${video}.currentTime, ${video}.getVideoPlaybackQuality().totalVideoFrames]`,
        );
        const [seenWidth, , frames = 0] = now;
        return seenWidth === width && { frames };
      };
      const goesOn = async (width: number) => {
        const { frames } = await until(`a picture ${width} wide`, shows(width), patiently);
        await until(
          'it moves',
          async () => {
            const later = await shows(width)();
            return later && later.frames > frames + 30;
          },
          patiently,
        );
      };
      await goesOn(640);
      assert.equal((await appliance.stream('front', 'high')).readers.mjpeg, 0);
      await change('high', { width: 480, height: 270 });
      await goesOn(480);
      for (const pid of await appliance.workers()) process.kill(pid, 'SIGKILL');
      await goesOn(480);
      const lag = Number(
        await page.evaluate(`${video}.buffered.end(${video}.buffered.length - 1) - ${video}.currentTime`),
      );
      t.diagnostic(`behind the live end: ${lag.toFixed(3)} s`);
      assert.deepEqual(complaints, []);
      await page.close();
      const left = async () => (await appliance.stream('front', 'high')).readers.ws === 0;
      await until('it has left', left);
    });
  });

  it('get another header when the stream changes; an MP4 ends, a transport stream goes on', async () => {
    await using socket = new SocketViewer('/front/high/ws');
    await using ts = new TsViewer(appliance.http('/front/high.ts'));
    const mp4 = output(
      'ffprobe',
      ['-v', 'error', '-count_packets', appliance.http('/front/high.mp4')],
      30_000,
    );
    await until(
      'all watch',
      async () => {
        const { readers } = await appliance.stream('front', 'high');
        return socket.types.length > 3 && ts.frames > 3 && readers.mp4 === 1;
      },
      patiently,
    );
    assert.match(socket.texts.join(), /^video\/mp4; codecs="avc1\.42C0[0-9A-F]{2}"$/);
    assert.deepEqual(socket.types.slice(0, 3), ['ftyp', 'moof', 'moof']);
    const keys = ts.keyFrames;
    await change('high', { width: 320, height: 180 });
    await until('another header', () => socket.texts.length === 2, patiently);
    await until('it goes on', () => ts.keyFrames > keys, patiently);
    assert.deepEqual([ts.faults, ts.ended], [0, false]);
    assert.equal((await mp4).stderr, '');
    assert.equal(socket.types.filter((type) => type === 'ftyp').length, 2);
  });

  it('end when the stream is taken away', async () => {
    await using ts = new TsViewer(appliance.http('/front/high.ts'));
    await until('it plays', () => ts.frames > 0);
    const response = await fetch(appliance.http('/api/v1/cameras/front/streams/high'), { method: 'DELETE' });
    assert.ok(response.ok);
    await until('it ends', () => ts.ended);
  });
});
