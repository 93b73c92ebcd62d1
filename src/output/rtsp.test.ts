import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import type {
  RtspClientStats,
  RtspEvent,
  RtspMount,
  RtspMountStats,
  RtspOptions,
  RtspServerHandle,
} from '../native/port.js';
import { SessionBook } from '../session/book.js';
import type { SessionLimits } from '../session/limits.js';
import { amplyLimited, viewer } from '../session/testing.js';
import { RtspOutput, type RtspStream } from './rtsp.js';

const options: RtspOptions = {
  host: '127.0.0.1',
  port: 0,
  udpPorts: [8000, 8100],
  multicast: null,
  users: null,
};

class FakeServer implements RtspServerHandle {
  readonly port = 8554;
  readonly calls: string[] = [];
  numbers: RtspMountStats[] = [];
  clientNumbers: RtspClientStats[] = [];
  readonly rooms: Readonly<Record<string, number>>[] = [];
  emit: (event: RtspEvent) => void = () => {};
  refuse: Error | undefined;
  polls = 0;

  async mount({ path, ring, codec }: RtspMount): Promise<void> {
    if (this.refuse) throw this.refuse;
    this.calls.push(`mount ${path} ${ring} ${codec}`);
  }
  async setBacklog(path: string, frames: number): Promise<void> {
    this.calls.push(`backlog ${path} ${frames}`);
  }
  async unmount(path: string): Promise<void> {
    this.calls.push(`unmount ${path}`);
  }
  async stats(): Promise<RtspMountStats[]> {
    this.polls++;
    return this.numbers;
  }
  async clients(): Promise<RtspClientStats[]> {
    return this.clientNumbers;
  }
  async setRoom(room: Readonly<Record<string, number>>): Promise<void> {
    this.rooms.push(room);
  }
  async endClient(client: string): Promise<void> {
    this.calls.push(`end ${client}`);
  }
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

async function listening(limits: Partial<SessionLimits> = {}) {
  const server = new FakeServer();
  const clock = new FakeClock();
  const book = new SessionBook({ limits: { ...amplyLimited, ...limits }, clock });
  const events: RtspEvent[] = [];
  const output = await RtspOutput.listen(options, {
    native: {
      createRtspServer: async (_, onEvent) => {
        server.emit = onEvent;
        return server;
      },
    },
    book,
    clock,
    onEvent: (event) => events.push(event),
  });
  return { server, clock, book, events, output };
}

const high: RtspStream = { camera: 'front', stream: 'high', ring: '/r/high', codec: 'h264', backlog: 30 };
const low: RtspStream = { camera: 'front', stream: 'low', ring: '/r/low', codec: 'jpeg', backlog: 30 };
const second: RtspStream = {
  camera: 'front',
  stream: 'second',
  ring: '/r/second',
  codec: 'h264',
  backlog: 30,
};

test('every stream has its path, and the camera that of its first H.264 stream', async () => {
  const { server, output } = await listening();
  await output.setStreams([low, high, second]);
  assert.deepEqual(server.calls, [
    'mount /front/low /r/low jpeg',
    'mount /front/high /r/high h264',
    'mount /front /r/high h264',
    'mount /front/second /r/second h264',
  ]);
  assert.equal(output.port, 8554);
});

test('a change touches only what changed', async () => {
  const { server, output } = await listening();
  await output.setStreams([high, low]);
  server.calls.length = 0;
  await output.setStreams([second, low]);
  assert.deepEqual(server.calls, [
    'unmount /front/high',
    'unmount /front',
    'mount /front/second /r/second h264',
    'mount /front /r/second h264',
  ]);
});

test('changes follow one another, and a refused one does not stop the next', async () => {
  const { server, output } = await listening();
  server.refuse = new Error('no');
  const refused = output.setStreams([high]);
  const next = output.setStreams([low]);
  await assert.rejects(refused, /no/);
  await assert.rejects(next, /no/);
  server.refuse = undefined;
  await output.setStreams([low]);
  assert.deepEqual(server.calls, ['mount /front/low /r/low jpeg']);
});

test('viewers of the short path are counted with the stream they watch', async () => {
  const { server, output } = await listening();
  await output.setStreams([high]);
  server.numbers = [
    { path: '/front', playing: 2, frames: 10, dropped: 1, ageNs: 7 },
    { path: '/front/high', playing: 0, frames: 5, dropped: 0, ageNs: 900 },
    { path: '/gone', playing: 9, frames: 9, dropped: 9, ageNs: 9 },
  ];
  await output.refresh();
  assert.deepEqual(
    [...output.stats.values()],
    [{ path: '/front/high', playing: 2, frames: 15, dropped: 1, ageNs: 7 }],
  );
});

test('it asks for numbers once a second until it is closed', async () => {
  const { server, clock, output } = await listening();
  await clock.advance(3000);
  assert.equal(server.polls, 3);
  await Promise.all([output.close(), output.close()]);
  await clock.advance(3000);
  assert.equal(server.polls, 3);
  assert.deepEqual(server.calls, ['close']);
  assert.equal(output.stats.size, 0);
});

test('events are handed on', async () => {
  const { server, events } = await listening();
  server.emit({ event: 'connected', client: 'rtsp-1', address: '127.0.0.1' });
  assert.deepEqual(events, [{ event: 'connected', client: 'rtsp-1', address: '127.0.0.1' }]);
});

test('an address in use is an error with its code and address', async () => {
  const refusal = Object.assign(new Error('cannot listen'), { code: 'address-in-use' });
  await assert.rejects(
    RtspOutput.listen(options, {
      native: { createRtspServer: () => Promise.reject(refusal) },
      book: new SessionBook({ limits: amplyLimited }),
    }),
    { name: 'TeecamError', code: 'address-in-use', details: { host: '127.0.0.1', port: 0 } },
  );
});

test('how many frames may wait is changed without sending a client away', async () => {
  const { server, output } = await listening();
  await output.setStreams([low]);
  server.calls.length = 0;
  await output.setStreams([{ ...low, backlog: 60 }]);
  await output.setStreams([{ ...low, backlog: 60 }]);
  assert.deepEqual(server.calls, ['backlog /front/low 60']);
});

const playing = (client: string, path: string): RtspEvent => ({
  event: 'playing',
  client,
  address: '10.0.0.7:50000',
  path,
  transport: 'tcp',
});

test('a client is a session of the stream that it plays, also by the short path, until it stops', async () => {
  const { server, clock, book, output } = await listening();
  await output.setStreams([high]);
  server.emit(playing('rtsp-1', '/front'));
  server.emit(playing('rtsp-1', '/front')); // after a pause
  const [session] = book.sessions();
  assert.ok(session);
  const { kind, camera, stream, client, transport, state } = session;
  assert.deepEqual(
    { kind, camera, stream, client, transport, state },
    {
      kind: 'rtsp',
      camera: 'front',
      stream: 'high',
      client: '10.0.0.7:50000',
      transport: 'tcp',
      state: 'created',
    },
  );
  assert.equal(book.sessions().length, 1);
  const counts = { bytes: 9000, frames: 12, dropped: 2, ageNs: 8e6 };
  const tcp = { waitingBytes: 100, blockedForNs: 1e9, blockedNs: 3e9 };
  server.clientNumbers = [{ client: 'rtsp-1', path: '/front', ...counts, ...tcp }];
  await clock.advance(1000);
  const measured = book.sessions()[0];
  assert.deepEqual(
    [measured?.state, measured?.bytes, measured?.frames, measured?.dropped, measured?.frameAgeMs],
    ['active', 9000, 12, 2, 8],
  );
  assert.deepEqual([measured?.waitingBytes, measured?.blockedMs], [100, 3000]);
  const last = { client: 'rtsp-1', path: '/front', ...counts, ...tcp, bytes: 12_000, frames: 16 };
  server.emit({ event: 'stopped', client: 'rtsp-1', path: '/front', reason: 'left', played: [last] });
  server.emit({ event: 'disconnected', client: 'rtsp-1', reason: 'left', played: [] });
  assert.deepEqual(
    book.ended().map(({ reason, bytes, frames }) => ({ reason, bytes, frames })),
    [{ reason: 'left', bytes: 12_000, frames: 16 }],
  );
});

test('a client that ends says why: it stood still, its stream went, or somebody wanted it', async () => {
  const { server, book, output } = await listening();
  await output.setStreams([high]);
  for (const client of ['rtsp-1', 'rtsp-2', 'rtsp-3']) server.emit(playing(client, '/front/high'));
  server.emit({ event: 'disconnected', client: 'rtsp-1', reason: 'slow', played: [] });
  server.emit({ event: 'disconnected', client: 'rtsp-2', reason: 'ended', played: [] });
  server.calls.length = 0;
  book.dismiss('s3');
  assert.deepEqual(server.calls, ['end rtsp-3']);
  server.emit({ event: 'disconnected', client: 'rtsp-3', reason: 'ended', played: [] });
  assert.deepEqual(
    book.ended().map(({ reason }) => reason),
    ['dismissed', 'stream-gone', 'slow'],
  );
});

test('a client that stands still for too long is ended, as over HTTP', async () => {
  const { server, clock, book, output } = await listening({ blockedMs: 10_000 });
  await output.setStreams([high]);
  server.emit(playing('rtsp-1', '/front/high'));
  server.calls.length = 0;
  const counts = { bytes: 9000, frames: 12, dropped: 0, ageNs: 8e6, waitingBytes: 100, blockedNs: 11e9 };
  server.clientNumbers = [{ client: 'rtsp-1', path: '/front/high', ...counts, blockedForNs: 11e9 }];
  await clock.advance(1000);
  book.tick();
  assert.deepEqual(server.calls, ['end rtsp-1']);
  server.emit({ event: 'disconnected', client: 'rtsp-1', reason: 'ended', played: [] });
  assert.equal(book.ended()[0]?.reason, 'slow');
});

test('the server is told how much room other viewers leave, and only when that changes', async () => {
  const { server, book, output } = await listening({ stream: 3, camera: 5, all: 9 });
  await output.setStreams([high, low]);
  const room = { 'front/high': 3, 'front/low': 3, front: 5, '': 9 };
  assert.deepEqual(server.rooms, [room]);
  const other = book.open(viewer());
  output.makeRoom();
  output.makeRoom();
  assert.deepEqual(server.rooms.slice(1), [{ 'front/high': 3, 'front/low': 2, front: 4, '': 8 }]);
  server.emit(playing('rtsp-1', '/front/high'));
  output.makeRoom();
  assert.equal(server.rooms.length, 2, 'its own clients the server counts itself');
  other.closed();
  output.makeRoom();
  assert.deepEqual(server.rooms.at(-1), room);
});

test('a client that is let in while the last place is taken over HTTP is ended', async () => {
  const { server, book, output } = await listening({ stream: 1 });
  await output.setStreams([high]);
  book.open(viewer({ stream: 'high' }));
  server.calls.length = 0;
  server.emit(playing('rtsp-1', '/front/high'));
  assert.deepEqual(server.calls, ['end rtsp-1']);
  const full = { event: 'full', client: 'rtsp-2', address: '10.0.0.8:1', path: '/front/high' } as const;
  server.emit({ ...full, place: 'front/high' });
  server.emit({ ...full, place: 'front' });
  server.emit({ ...full, place: '' });
  assert.deepEqual(book.totals().refused, { stream: 2, camera: 1, all: 1 });
});
