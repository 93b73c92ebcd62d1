import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { Container } from './ports.js';
import { playlist } from './routes/playlist.js';
import { FakeAppliance, fakeCamera, fakeStream } from './testing.js';

const appliance = new FakeAppliance();
const asked: Container[] = [];
let base = '';

before(async () => {
  base = await appliance.listen();
  appliance.muxed = {
    async http(container, _request, response) {
      asked.push(container);
      response.writeHead(200).end(container);
    },
    socket: () => (client) => client.send('mp4'),
    stats: () => ({ frames: 90, dropped: 3 }),
  };
});
after(() => appliance.close());

const all = {
  ts: 'http://0.0.0.0:8080/front/high.ts',
  mp4: 'http://0.0.0.0:8080/front/high.mp4',
  ws: 'ws://x',
};
const high = fakeStream('high', { codec: 'h264', addresses: { ...fakeStream('high').addresses, ...all } });
const low = fakeStream('low', { addresses: { ...fakeStream('low').addresses, ws: 'ws://x' } });
appliance.cameraViews = [fakeCamera('front', { streams: [high, low, fakeStream('closed')] })];

async function get(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(base + path);
  return { status: response.status, text: await response.text() };
}

/** The first message, and the protocol that was agreed on; rejects with the status of a refusal. */
function first(path: string, protocols: string[] = [], headers = {}): Promise<[string, string]> {
  const client = new WebSocket(base.replace('http', 'ws') + path, protocols, { headers });
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('message', (data) => {
      resolve([String(data), client.protocol]);
      client.close();
    });
  });
}

describe('muxed streams', () => {
  it('are at the long and the short addresses', async () => {
    for (const [path, container] of [
      ['/front/high.ts', 'ts'],
      ['/front/high.mp4', 'mp4'],
      ['/high.ts', 'ts'],
      ['/high.mp4', 'mp4'],
    ] as const) {
      assert.deepEqual(await get(path), { status: 200, text: container });
      assert.equal(asked.at(-1), container);
    }
  });

  it('are of H.264 alone, where the profile offers them', async () => {
    const jpeg = await get('/front/low.ts');
    assert.equal(jpeg.status, 404);
    assert.match(jpeg.text, /\\"low\\" is jpeg, and only H.264 is offered as ts/);
    const addresses = { ...high.addresses, mp4: null };
    appliance.cameraViews = [fakeCamera('front', { streams: [{ ...high, addresses }, low] })];
    assert.match((await get('/front/high.mp4')).text, /does not offer the stream \\"high\\" as mp4/);
    appliance.cameraViews = [fakeCamera('front', { streams: [high, low, fakeStream('closed')] })];
  });
});

describe('media over WebSockets', () => {
  it('are MP4 for H.264 and pictures for JPEG, unless something else is asked for', async () => {
    assert.deepEqual(await first('/front/high/ws'), ['mp4', '']);
    assert.deepEqual(await first('/high/ws'), ['mp4', '']);
    assert.deepEqual(await first('/front/low/ws'), ['picture', '']);
    assert.deepEqual(await first('/front/high/ws?format=jpeg'), ['picture', '']);
    assert.deepEqual(await first('/front/high/ws', ['jpeg']), ['picture', 'jpeg']);
    assert.deepEqual(await first('/front/high/ws', ['other', 'mp4']), ['mp4', 'mp4']);
  });

  it('say no with a status', async () => {
    for (const [path, status] of [
      ['/front/low/ws?format=mp4', 404],
      ['/front/closed/ws', 404],
      ['/front/none/ws', 404],
      ['/none/high/ws', 404],
      ['/front/high/ws?format=avi', 400],
      ['/front/high/more/ws', 404],
      ['//ws', 404],
      ['/ws', 404],
    ] as const) {
      await assert.rejects(first(path), new RegExp(`${status}`), path);
    }
  });

  it('say to whoever asks for no WebSocket that there is one', async () => {
    const response = await fetch(`${base}/front/high/ws`);
    assert.deepEqual([response.status, response.headers.get('upgrade')], [426, 'websocket']);
    assert.match(await response.text(), /is a WebSocket/);
    assert.equal((await get('/high/ws')).status, 426);
    assert.equal((await get('/front/none/ws')).status, 404);
  });

  it('are counted', async () => {
    const { text } = await get('/metrics');
    assert.match(text, /^teecam_muxed_frames_total\{camera="front",stream="high"\} 90$/m);
    assert.match(text, /^teecam_muxed_dropped_total\{camera="front",stream="high"\} 3$/m);
  });

  it('are not for pages from elsewhere', async () => {
    await assert.rejects(first('/front/high/ws', [], { Origin: 'http://evil.example' }), /403/);
  });
});

describe('the playlist', () => {
  const rtsp = fakeStream('rtsp', {
    codec: 'h264',
    addresses: { ...low.addresses, mjpeg: null, rtsp: 'rtsp://127.0.0.1:8554/front/rtsp' },
  });
  const nothing = fakeStream('raw', { codec: 'raw', addresses: { ...low.addresses, mjpeg: null } });
  const cameras = [fakeCamera('front', { streams: [high, low, rtsp, nothing] })];

  it('names every stream that can be played, as the client reaches this machine', () => {
    assert.deepEqual(playlist(cameras, 'cam.local:81').split('\n'), [
      '#EXTM3U',
      '#EXTINF:-1,front/high',
      'http://cam.local:81/front/high.ts',
      '#EXTINF:-1,front/low',
      'http://cam.local:81/front/low.mjpg',
      '#EXTINF:-1,front/rtsp',
      'rtsp://cam.local:8554/front/rtsp',
      '',
    ]);
    assert.match(playlist(cameras, '[::1]:81'), /\nhttp:\/\/\[::1\]:81\/front\/high\.ts\n/);
  });

  it('keeps to our own address when the client names none, and tells no credentials', () => {
    assert.match(playlist(cameras, ''), /\nhttp:\/\/0\.0\.0\.0:8080\/front\/high\.ts\n/);
    assert.match(playlist(cameras, 'not a host'), /\nhttp:\/\/0\.0\.0\.0:8080\/front\/high\.ts\n/);
    assert.doesNotMatch(playlist(cameras, 'joe:secret@cam.local'), /secret/);
  });

  it('is served', async () => {
    const response = await fetch(`${base}/playlist.m3u`);
    assert.match(response.headers.get('content-type') ?? '', /^audio\/x-mpegurl/);
    assert.ok((await response.text()).includes(`${base}/front/high.ts`));
  });
});
