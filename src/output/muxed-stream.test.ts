import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import type { Container } from '../native/port.js';
import type { Chunk } from '../stream/chunk-buffer.js';
import type { ChunkReader } from '../stream/chunk-reader.js';
import { fakeMuxers } from './fake-muxer.js';
import { type MuxedPeriod, MuxedStream, type MuxedView } from './muxed-stream.js';

function make(container: Container = 'mp4', framerate = 10) {
  const clock = new FakeClock();
  const muxers = fakeMuxers();
  const stream = new MuxedStream({ native: muxers.native, ring: '/ring', container, framerate, clock });
  return { clock, stream, ...muxers };
}

async function period(view: MuxedView): Promise<MuxedPeriod> {
  const found = await view.next();
  assert.ok(found);
  return found;
}

async function text(reader: ChunkReader): Promise<string | null> {
  const { value }: { value: Chunk | undefined } = await reader.next();
  return value ? Buffer.from(value.data).toString() : null;
}

describe('a muxed stream', () => {
  it('has one muxer for all its viewers, while there are some', () => {
    const { stream, made, newest } = make();
    const [one, other] = [stream.watch(), stream.watch()];
    assert.deepEqual([made.length, stream.viewers], [1, 2]);
    one.close();
    one.close();
    assert.deepEqual([newest().closed, stream.viewers], [false, 1]);
    other.close();
    assert.deepEqual([newest().closed, stream.ended], [true, true]);
    stream.watch();
    assert.equal(made.length, 2);
    assert.deepEqual(stream.stats, { frames: 0, dropped: 2 }, 'of both');
  });

  it('gives each viewer the header and what follows, from a key frame on', async () => {
    const { stream, newest } = make();
    const view = stream.watch();
    newest().write('havc1', 'k1', '2');
    const { header, buffer } = await period(view);
    assert.deepEqual([header?.codecs, header?.data.toString()], ['avc1', 'havc1']);
    const reader = view.read({ header, buffer });
    newest().write('3');
    assert.deepEqual([await text(reader), await text(reader), await text(reader)], ['k1', '2', '3']);
  });

  it('asks for a key frame for who joins, unless there is one of now', async () => {
    const { stream, newest, clock } = make();
    const first = stream.watch();
    newest().write('havc1', 'k1', '2');
    first.read(await period(first));
    assert.equal(newest().keyFrameRequests, 0);
    await clock.advance(400);
    const late = stream.watch();
    const reader = late.read(await period(late));
    assert.equal(newest().keyFrameRequests, 1);
    newest().write('3', 'k4');
    assert.equal(await text(reader), 'k4');
  });

  it('begins another period when the stream becomes another one, and ends the one before', async () => {
    const { stream, newest } = make();
    const view = stream.watch();
    newest().write('hold', 'k1');
    const reader = view.read(await period(view));
    newest().write('2', 'hnew', 'k3');
    assert.deepEqual([await text(reader), await text(reader), await text(reader)], ['k1', '2', null]);
    const next = await period(view);
    assert.equal(next.header?.codecs, 'new');
    assert.equal(await text(view.read(next)), 'k3');
  });

  it('is one period for a transport stream, whatever becomes of it', async () => {
    const { stream, newest } = make('ts');
    const view = stream.watch();
    const only = await period(view);
    assert.equal(only.header, null);
    newest().write('k1', '2');
    assert.equal(await text(view.read(only)), 'k1');
  });

  it('lets a slow viewer go on at a key frame of now, and nobody waits for it', async () => {
    const { stream, newest } = make('ts', 1); // four chunks are kept
    const view = stream.watch();
    const slow = view.read(await period(view));
    newest().write('k1', '2');
    assert.equal(await text(slow), 'k1');
    newest().write('3', '4', '5', '6', 'k7', '8');
    assert.equal(await text(slow), 'k7');
    assert.equal(slow.lagged.chunks, 5);
    assert.equal(newest().keyFrameRequests, 1, 'its own, when it joined');
  });

  it('tells the end to viewers that read, that wait, and that come', async () => {
    const { stream, newest, made } = make();
    const [reading, waiting] = [stream.watch(), stream.watch()];
    newest().write('havc1', 'k1');
    const reader = reading.read(await period(reading));
    await period(waiting);
    const none = waiting.next();
    newest().end();
    assert.deepEqual([await text(reader), await text(reader)], ['k1', null]);
    assert.deepEqual([await none, await reading.next()], [null, null]);
    assert.ok(newest().closed);
    stream.watch();
    assert.equal(made.length, 2);
  });

  it('ends the wait of a viewer that leaves, and its reading', async () => {
    const { stream, newest } = make();
    const [waiting, reading] = [stream.watch(), stream.watch()];
    const none = waiting.next();
    waiting.close();
    assert.equal(await none, null);
    newest().write('havc1');
    const reader = reading.read(await period(reading));
    const nothing = reader.next();
    reading.close();
    assert.equal((await nothing).done, true);
  });

  it('is unavailable when its ring cannot be read, and has no viewer then', () => {
    const { stream, native } = make();
    native.failure = new Error('no such file');
    assert.throws(() => stream.watch(), { code: 'unavailable' });
    assert.equal(stream.viewers, 0);
  });
});
