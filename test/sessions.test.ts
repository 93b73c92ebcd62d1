/** Everybody who watches is a session: seen, limited, and ended for the right reason. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import type { SessionsView, SessionView } from '../src/api/session-views.js';
import { Ring } from '../src/native/ring.js';
import { RunningAppliance } from './support/appliance.js';
import { Child } from './support/child.js';
import { MjpegViewer } from './support/mjpeg-viewer.js';
import { PacketViewer } from './support/rtsp-clients.js';
import { RtspConnection } from './support/rtsp-connection.js';
import { until } from './support/until.js';

const size = { width: 320, height: 180, framerate: 15 };
const profile = {
  limits: { sessions: { stream: 3, camera: 6 }, idle: '3s', cleanup: '1s', blocked: '2s' },
  cameras: {
    front: {
      // Noise: frames are large, so that sockets are soon full.
      source: 'test:snow',
      streams: {
        high: { codec: 'h264', ...size, bitrate: '8M', gop: 15 },
        low: { codec: 'jpeg', ...size, quality: 90, outputs: ['mjpeg', 'picture', 'shm', 'shmsink', 'rtsp'] },
      },
    },
  },
};

const throttled = {
  ...profile,
  limits: { throttle: { mode: 'realtime', bitrate: '800k' } },
};

let appliance: RunningAppliance;
before(async () => {
  appliance = await RunningAppliance.start(profile);
  await appliance.ready();
});
after(() => appliance[Symbol.asyncDispose]());

const sessions = (query = '') => appliance.json<SessionsView>(`/api/v1/sessions${query}`);
const open = async (kind: SessionView['kind']) => (await sessions(`?kind=${kind}`)).sessions;
const rtspUrl = async (stream: string) => {
  const { addresses } = await appliance.stream('front', stream);
  assert.ok(addresses.rtsp);
  return addresses.rtsp;
};
const mjpegUrl = (stream: string) => appliance.http(`/front/${stream}.mjpg`);
const nobody = () =>
  until('nobody is there', async () => (await sessions()).sessions.length === 0, { withinMs: 20_000 });

/** How the session of this client ended. */
async function endOf(client: number | undefined): Promise<SessionView> {
  return until(
    `the session of port ${client} ends`,
    async () =>
      (await sessions('?ended=200')).ended.sessions.find((one) => one.client === `127.0.0.1:${client}`),
    { withinMs: 20_000 },
  );
}

describe('sessions', () => {
  it('tell of every way out who watches what, and how well', async () => {
    using viewer = await MjpegViewer.open(mjpegUrl('low'));
    await using player = new PacketViewer(await rtspUrl('high'), 60, 'udp');
    using connection = new RtspConnection(await rtspUrl('high'));
    assert.equal(await connection.play(), 200);
    const { addresses, shmsrcCaps } = await appliance.stream('front', 'low');
    assert.ok(addresses.shmsink && addresses.ring && shmsrcCaps);
    const source = ['-q', 'shmsrc', `socket-path=${addresses.shmsink}`, '!', shmsrcCaps];
    await using program = new Child('gst-launch-1.0', [...source, '!', 'fakesink']);
    using ring = await Ring.open('front', 'low', { instance: appliance.instance });
    await until('frames everywhere', () => viewer.parts.length > 5 && player.packets.length > 5, {
      withinMs: 30_000,
    });
    const all = await until(
      `rates of four sessions\n${program.stderr}`,
      async () => {
        const { sessions: four } = await sessions('?camera=front');
        return (
          four.length === 4 && four.every(({ framerate, bytes }) => framerate > 5 && bytes > 10_000) && four
        );
      },
      { withinMs: 20_000 },
    );
    assert.deepEqual(all.map(({ kind, stream }) => `${kind} ${stream}`).sort(), [
      'mjpeg low',
      'rtsp high',
      'rtsp high',
      'shmsink low',
    ]);
    for (const { kind, state, frameAgeMs, dropped, client } of all) {
      assert.equal(state, 'active');
      if (kind === 'shmsink') {
        // A program that is scheduled late holds its share of the memory for so long, and loses frames.
        assert.match(client, /^pid \d+$/);
        continue;
      }
      assert.equal(dropped, 0, `${kind} lost nothing`);
      assert.ok(frameAgeMs !== null && frameAgeMs > 0 && frameAgeMs < 3000, `${kind}: ${frameAgeMs} ms`);
    }
    const transports = all.filter(({ kind }) => kind === 'rtsp').map(({ transport }) => transport);
    assert.deepEqual(transports.sort(), ['tcp', 'udp']);
    const byHand = all.find(({ client }) => client === `127.0.0.1:${connection.socket.localPort}`);
    assert.ok(byHand);
    const { dataBytes } = connection;
    assert.ok(byHand.bytes > dataBytes / 10 && byHand.bytes <= dataBytes, `${byHand.bytes} of ${dataBytes}`);
    const readers = (await sessions('?stream=low')).ringReaders;
    assert.deepEqual(readers, [{ camera: 'front', stream: 'low', readers: 1 }]);
    ring.close();

    const port = connection.socket.localPort;
    connection.socket.destroy();
    viewer[Symbol.dispose]();
    await Promise.all([player[Symbol.asyncDispose](), program[Symbol.asyncDispose]()]);
    assert.equal((await endOf(port)).reason, 'left');
    await nobody();
    const { ended, totals } = await sessions('?ended=4');
    assert.deepEqual(new Set(ended.sessions.map(({ reason }) => reason)), new Set(['left']));
    assert.equal(totals.ended.left, 4);
  });

  it('are those by MPEG-TS, MP4 and WebSocket too, and the limit is theirs as well', async () => {
    const { ts, mp4, ws } = (await appliance.stream('front', 'high')).addresses;
    assert.ok(ts && mp4 && ws);
    const end = new AbortController();
    const taken = [ts, mp4].map(async (url) => {
      const { body } = await fetch(url, { signal: end.signal });
      assert.ok(body);
      for await (const chunk of body) assert.ok(chunk.length > 0);
    });
    const socket = new WebSocket(ws);
    await once(socket, 'message');
    const three = await until('three sessions with frames', async () => {
      const { sessions: open } = await sessions('?stream=high');
      return (
        open.length === 3 && open.every(({ bytes, framerate }) => bytes > 10_000 && framerate > 5) && open
      );
    });
    assert.deepEqual(three.map(({ kind }) => kind).sort(), ['mp4', 'ts', 'ws']);
    for (const { kind, state, dropped, frameAgeMs } of three) {
      assert.deepEqual([state, dropped], ['active', 0], kind);
      assert.ok(frameAgeMs !== null && frameAgeMs > 0 && frameAgeMs < 3000, `${kind}: ${frameAgeMs} ms`);
    }

    const late = await fetch(ts);
    assert.deepEqual([late.status, Number(late.headers.get('retry-after')) > 0], [503, true]);
    const refused = new WebSocket(ws);
    const [error] = (await once(refused, 'error')) as [Error];
    assert.match(error.message, /503/);
    using connection = new RtspConnection(await rtspUrl('high'));
    assert.equal(await connection.play(), 453);

    const [websocket] = three.filter(({ kind }) => kind === 'ws');
    const closed = once(socket, 'close');
    await fetch(appliance.http(`/api/v1/sessions/${websocket?.id}`), { method: 'DELETE' });
    await closed;
    end.abort();
    for (const one of await Promise.allSettled(taken))
      assert.equal(one.status, 'rejected', 'aborted from here');
    await nobody();
    const past = (await sessions('?stream=high&ended=3')).ended.sessions;
    assert.deepEqual(past.map(({ kind, reason }) => `${kind} ${reason}`).sort(), [
      'mp4 left',
      'ts left',
      'ws dismissed',
    ]);
  });

  it('above the limit of a stream are refused, whatever ways the others came', async () => {
    using one = await MjpegViewer.open(mjpegUrl('high'));
    using two = new RtspConnection(await rtspUrl('high'));
    assert.equal(await two.play(), 200);
    using three = new RtspConnection(await rtspUrl('high'));
    assert.equal(await three.play(), 200);
    await until('three are there', async () => (await sessions('?stream=high')).sessions.length === 3);

    const before = (await sessions()).totals.refused.stream;
    using late = new RtspConnection(await rtspUrl('high'));
    assert.equal(await late.play(), 453);
    const refused = await fetch(mjpegUrl('high'));
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.match(await refused.text(), /front\/high has as many viewers as may be: 3/);
    assert.equal((await fetch(appliance.http('/front/high.jpg'))).status, 200, 'a picture is no session');
    using other = await MjpegViewer.open(mjpegUrl('low'));
    assert.equal((await sessions()).totals.refused.stream, before + 2);

    // A place that is given back is free, for whoever comes: TEARDOWN keeps the connection.
    assert.equal((await two.request('TEARDOWN')).status, 200);
    await until('it is let in', async () => (await late.play()) === 200);
    one[Symbol.dispose]();
    other[Symbol.dispose]();
    for (const connection of [two, three, late]) connection.socket.destroy();
    await nobody();
  });

  it('take no place by a SETUP that fails', async () => {
    const url = await rtspUrl('high');
    const failed = [1, 2, 3].map(() => new RtspConnection(url));
    for (const connection of failed) {
      const answer = await connection.request('SETUP', `${url}/stream=0`, { Transport: 'RTP/AVP/DCCP' });
      assert.equal(answer.status, 461);
    }
    using served = new RtspConnection(url);
    assert.equal(await served.play(), 200);
    for (const connection of [...failed, served]) connection.socket.destroy();
    await nobody();
  });

  it('are ended one by one, and nobody else notices', async () => {
    using stays = await MjpegViewer.open(mjpegUrl('low'));
    using goes = await MjpegViewer.open(mjpegUrl('low'));
    using connection = new RtspConnection(await rtspUrl('high'));
    assert.equal(await connection.play(), 200);
    await until('three are there', async () => (await sessions()).sessions.length === 3);
    const [newest] = await open('mjpeg');
    const [player] = await open('rtsp');
    assert.ok(newest && player);
    for (const { id } of [newest, player]) {
      const answer = await fetch(appliance.http(`/api/v1/sessions/${id}`), { method: 'DELETE' });
      assert.equal(answer.status, 200);
    }
    await connection.closed();
    await until('the viewer is ended', () => goes.ended);
    for (const { id } of [newest, player]) {
      await until(
        `${id} is in the history`,
        async () => (await appliance.json<SessionView>(`/api/v1/sessions/${id}`)).reason === 'dismissed',
      );
    }
    const before = stays.parts.length;
    await until('the other one goes on', () => stays.parts.length > before + 5);
    stays[Symbol.dispose]();
    await nobody();
  });

  it('of clients that are stuck, or take a byte a second, are ended for that, and only those', async () => {
    using healthy = await MjpegViewer.open(mjpegUrl('low'));
    using player = new RtspConnection(await rtspUrl('high'));
    assert.equal(await player.play(), 200);
    using stuck = new RtspConnection(await rtspUrl('high'));
    assert.equal(await stuck.play(), 200);
    stuck.socket.pause();
    const trickling = connect(Number(new URL(mjpegUrl('low')).port), '127.0.0.1');
    trickling.on('error', () => trickling.destroy()); // it is reset
    trickling.write('GET /front/low.mjpg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await once(trickling, 'readable');
    const sip = setInterval(() => trickling.read(1), 1000);
    try {
      const [deafEnd, trickleEnd] = [await endOf(stuck.socket.localPort), await endOf(trickling.localPort)];
      assert.deepEqual([deafEnd.kind, deafEnd.reason], ['rtsp', 'slow']);
      assert.deepEqual([trickleEnd.kind, trickleEnd.reason], ['mjpeg', 'slow']);
      for (const { blockedMs, waitingBytes } of [deafEnd, trickleEnd]) {
        assert.ok(blockedMs >= 1000, `${blockedMs} ms blocked`);
        assert.equal(waitingBytes, 0, 'nothing waits for whoever is gone');
      }
      const [{ dropped } = { dropped: -1 }] = await open('mjpeg');
      assert.equal(dropped, 0, 'the healthy viewer lost nothing');
      const before = player.dataBytes;
      await until('the healthy player goes on', () => player.dataBytes > before + 100_000);
    } finally {
      clearInterval(sip);
      trickling.destroy();
    }
    healthy[Symbol.dispose]();
    player.socket.destroy();
    await nobody();
  });

  it('that take nothing for long are ended as idle', async () => {
    using paused = new RtspConnection(await rtspUrl('high'));
    assert.equal(await paused.play(), 200);
    await until('it plays', () => paused.dataBytes > 10_000);
    assert.equal((await paused.request('PAUSE')).status, 200);
    const { localPort } = paused.socket;
    await paused.closed();
    assert.equal((await endOf(localPort)).reason, 'idle');
    await nobody();
  });
});

describe('a throttled session', () => {
  it('is sent no more than it may be, and skips what it has no time for', { timeout: 120_000 }, async () => {
    await using throttling = await RunningAppliance.start(throttled);
    await throttling.ready();
    const { ts } = (await throttling.stream('front', 'high')).addresses;
    assert.ok(ts);
    const end = new AbortController();
    const { body } = await fetch(ts, { signal: end.signal });
    assert.ok(body);
    const began = performance.now();
    let bytes = 0;
    let skipped: SessionView | undefined;
    for await (const chunk of body) {
      bytes += chunk.length;
      const seconds = (performance.now() - began) / 1000;
      // A frame goes at once, and what should have gone while this machine was busy.
      assert.ok(bytes <= 100_000 * (seconds + 1) + 400_000, `${bytes} bytes in ${seconds} s`);
      const { sessions: open } = await throttling.json<SessionsView>('/api/v1/sessions');
      skipped = open.find(({ dropped }) => dropped > 0);
      if (skipped) break;
    }
    end.abort();
    assert.ok(skipped, 'it was ended before it had to skip anything');
    assert.deepEqual([skipped.throttle, skipped.state], ['realtime', 'active']);
    assert.ok(skipped.heldMs > 1000, `${skipped.heldMs} ms`);
  });
});
