import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { type ApiEvent, apiEvent, EventFeed } from './events.js';
import { FakeAppliance, fakeCamera, fakeDeviceView, fakeStream, noReaders } from './testing.js';

describe('event feed', () => {
  const front = fakeCamera('front', { streams: [fakeStream('low')] });
  const listen = () => {
    const state = { cameras: [front] };
    const feed = new EventFeed({ cameras: () => state.cameras, camera: () => undefined });
    const events: ApiEvent[] = [];
    const stop = feed.listen((event) => events.push(event));
    return { state, feed, events, stop };
  };

  it('begins with everything, then tells what changed, and nothing when nothing did', () => {
    const { state, feed, events } = listen();
    assert.deepEqual(
      events.map((event) => event.event),
      ['stats'],
    );
    feed.update();
    assert.equal(events.length, 1);
    const readers = { ...noReaders, mjpeg: 1 };
    state.cameras = [
      {
        ...front,
        state: 'slate',
        reason: 'gone',
        health: 'degraded',
        streams: [fakeStream('low', { open: true, readers })],
      },
    ];
    feed.update();
    assert.deepEqual(events.slice(1), [
      {
        event: 'camera-state',
        camera: 'front',
        state: 'slate',
        reason: 'gone',
        detail: '',
        since: front.since,
        health: 'degraded',
      },
      { event: 'stream-open', camera: 'front', stream: 'low' },
      { event: 'readers', camera: 'front', stream: 'low', readers },
    ]);
    state.cameras = [front];
    feed.update();
    assert.equal(events.at(-2)?.event, 'stream-closed');
    for (const event of events) apiEvent.parse(event);
  });

  it('tells what no view of a camera shows, to whoever listens', () => {
    const { feed, events, stop } = listen();
    const event = { event: 'device', action: 'added', device: fakeDeviceView('/dev/video2') } as const;
    feed.tell(event);
    assert.deepEqual(events.at(-1), event);
    stop();
    feed.tell(event);
    assert.equal(events.length, 2);
  });

  it('sees a change even where the directory changes its view in place', () => {
    const { feed, events } = listen();
    front.state = 'stopped';
    feed.update();
    front.state = 'live';
    assert.equal(events.at(-1)?.event, 'camera-state');
  });

  it('asks for nothing while nobody listens', () => {
    const { feed, events, stop, state } = listen();
    stop();
    state.cameras = [];
    feed.tick();
    assert.equal(events.length, 1);
    assert.equal(feed.listenerCount, 0);
  });
});

describe('events over the network', () => {
  const appliance = new FakeAppliance();
  let base = '';
  let clients: WebSocket[] = [];
  before(async () => {
    base = await appliance.listen();
  });
  afterEach(() => {
    for (const client of clients) client.terminate();
    clients = [];
  });
  after(() => appliance.close());

  function open(path = '/api/v1/events', headers: Record<string, string> = {}): WebSocket {
    const client = new WebSocket(base.replace('http', 'ws') + path, { headers });
    clients.push(client);
    return client;
  }
  async function message(client: WebSocket): Promise<ApiEvent> {
    const [data] = (await once(client, 'message')) as [unknown];
    return apiEvent.parse(JSON.parse(String(data)));
  }

  it('come over a WebSocket, the whole state first', async () => {
    const client = open();
    const first = await message(client);
    assert.equal(first.event === 'stats' && first.cameras[0]?.name, 'front');
    const next = message(client);
    appliance.cameraViews = [fakeCamera('front', { state: 'slate', reason: 'stalled' })];
    appliance.feed.update();
    assert.equal((await next).event, 'camera-state');
    client.close();
    await new Promise((resolve) => client.once('close', resolve));
    assert.equal(appliance.feed.listenerCount, 0);
  });

  it('are not for pages from elsewhere, nor at other addresses', async () => {
    const host = new URL(base).host;
    assert.equal((await message(open('/api/v1/events', { Origin: `http://${host}` }))).event, 'stats');
    for (const [path, origin, status] of [
      ['/api/v1/events', 'http://evil.example', 403],
      ['/api/v1/events', 'null', 403],
      ['/front/low/ws', `http://${host}`, 404],
    ] as const) {
      await assert.rejects(message(open(path, { Origin: origin })), new RegExp(`${status}`));
    }
  });

  it('let a client go that never reads, and keep the others', async () => {
    const { hostname, port } = new URL(base);
    const deaf = connect(Number(port), hostname);
    deaf.on('error', () => deaf.destroy());
    deaf.pause();
    deaf.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const hearing = open();
    await message(hearing);
    const deadline = performance.now() + 5000;
    while (appliance.feed.listenerCount < 2 && performance.now() < deadline) await new Promise(setImmediate);
    assert.equal(appliance.feed.listenerCount, 2);
    // Changes of state are never left out, so they are what piles up.
    const detail = 'x'.repeat(100_000);
    for (let n = 0; appliance.feed.listenerCount === 2 && n < 1000; n++) {
      appliance.cameraViews = [fakeCamera('front', { detail, since: `${n}` })];
      const heard = message(hearing);
      appliance.feed.update();
      await heard;
    }
    assert.equal(appliance.feed.listenerCount, 1);
    assert.equal(hearing.readyState, WebSocket.OPEN);
    deaf.destroy();
  });

  it('come as server-sent events too', async () => {
    appliance.cameraViews = [fakeCamera('front')];
    const abort = new AbortController();
    const response = await fetch(`${base}/api/v1/events`, { signal: abort.signal });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader?.read())?.value);
    const [, name, data] = /^event: (\S+)\ndata: (.+)\n\n$/.exec(text) ?? [];
    assert.equal(name, 'stats');
    apiEvent.parse(JSON.parse(data ?? ''));
    abort.abort();
    const deadline = performance.now() + 5000;
    while (appliance.feed.listenerCount > 0 && performance.now() < deadline) await new Promise(setImmediate);
    assert.equal(appliance.feed.listenerCount, 0);
  });
});
