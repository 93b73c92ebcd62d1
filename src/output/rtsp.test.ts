import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import type { RtspEvent, RtspMount, RtspMountStats, RtspOptions, RtspServerHandle } from '../native/port.js';
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
  async close(): Promise<void> {
    this.calls.push('close');
  }
}

async function listening() {
  const server = new FakeServer();
  const clock = new FakeClock();
  const events: RtspEvent[] = [];
  const output = await RtspOutput.listen(options, {
    native: {
      createRtspServer: async (_, onEvent) => {
        server.emit = onEvent;
        return server;
      },
    },
    clock,
    onEvent: (event) => events.push(event),
  });
  return { server, clock, events, output };
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
    RtspOutput.listen(options, { native: { createRtspServer: () => Promise.reject(refusal) } }),
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
