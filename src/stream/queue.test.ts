import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPT_ALL } from './filter.js';
import { type AnyMessage, Message, stopCodes } from './message.js';
import type { OverflowPolicy } from './overflow.js';
import { Pad } from './pad.js';
import { MessageQueue } from './queue.js';
import { packetMessage, startMessage } from './testing.js';

const sized = (bytes: number, sequence: number, onFree?: () => void) =>
  packetMessage({ payload: new Uint8Array(bytes), sequence }, onFree);

function drain(queue: MessageQueue): AnyMessage[] {
  const messages: AnyMessage[] = [];
  for (let message = queue.shift(); message; message = queue.shift()) messages.push(message);
  return messages;
}

const sequences = (messages: AnyMessage[]) =>
  messages.map((message) => (message.type === 'packet' ? message.data.sequence : message.type));

describe('queue', () => {
  it('is first in, first out', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 1000, overflow: 'drop-newest' });
    queue.deliver(startMessage());
    queue.deliver(sized(100, 1));
    queue.deliver(sized(100, 2));
    assert.deepEqual(sequences(drain(queue)), ['start', 1, 2]);
    assert.equal(queue.shift(), null);
  });

  it('drop-newest: holds to its bytes, keeps what waits, frees what it drops', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 250, overflow: 'drop-newest' });
    let freed = 0;
    for (let n = 1; n <= 4; n++) queue.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 2);
    assert.equal(queue.dropped, 2);
    assert.equal(queue.info()['bytes'], 200);
    queue.shift()?.release();
    queue.deliver(sized(100, 5));
    assert.deepEqual(sequences(drain(queue)), [2, 5]);
  });

  it('drop-newest: takes a message above the bound when it is alone', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 50, overflow: 'drop-newest' });
    queue.deliver(sized(100, 1));
    queue.deliver(sized(10, 2));
    assert.deepEqual(sequences(drain(queue)), [1]);
  });

  it('newest: one packet waits, and what is not a packet is kept', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 1000, overflow: 'newest' });
    let freed = 0;
    queue.deliver(startMessage());
    for (let n = 1; n <= 5; n++) queue.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 4);
    assert.equal(queue.dropped, 4);
    assert.deepEqual(sequences(drain(queue)), ['start', 5]);
  });

  it('carries a policy of the user: one that drops to the next key frame', () => {
    const dropToKey: OverflowPolicy = {
      name: 'drop-to-key',
      decide(arriving, waiting) {
        const full = waiting.bytes + arriving.payloadBytes > waiting.maxBytes;
        const key = arriving.type === 'packet' && arriving.data.frameType === 'key';
        return full && key ? { take: true, discard: () => true } : { take: !full };
      },
    };
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 250, overflow: dropToKey });
    const delta = (n: number) =>
      packetMessage({ payload: new Uint8Array(100), sequence: n, frameType: 'delta' });
    queue.deliver(sized(100, 1));
    queue.deliver(delta(2));
    queue.deliver(delta(3));
    queue.deliver(sized(100, 4));
    assert.deepEqual(sequences(drain(queue)), [4]);
  });

  it('does not let statuses pile up before a consumer that sleeps', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 1000, overflow: 'drop-newest' });
    for (let n = 0; n < 1000; n++) queue.deliver(Message.create('serviceStatus', n));
    const messages = drain(queue);
    assert.equal(messages.length, 1);
    assert.equal(messages[0]?.data, 999);
  });

  it('frees what arrives after its end', () => {
    const queue = new MessageQueue(ACCEPT_ALL, { maxBytes: 1000, overflow: 'drop-newest' });
    let freed = 0;
    queue.deliver(sized(100, 1, () => freed++));
    queue.close();
    queue.deliver(sized(100, 2, () => freed++));
    assert.equal(freed, 2);
  });
});

describe('subscription', () => {
  const makePad = () =>
    new Pad({ name: 'front/low', onTargetFailure: ({ error }) => assert.fail(String(error)) });
  const queue = { maxBytes: 1000, overflow: 'drop-newest' } as const;

  it('yields what was asked for, in order, and ends with the pad', async () => {
    const pad = makePad();
    const subscription = pad.subscribe({ accept: ['start', 'packet', 'stop'], queue });
    const seen: unknown[] = [];
    const consumer = (async () => {
      for await (const message of subscription) {
        seen.push(message.type === 'packet' ? message.data.sequence : message.type);
        message.release();
      }
    })();
    pad.deliver(startMessage());
    pad.deliver(Message.create('signalStatus', signal));
    pad.deliver(sized(10, 1));
    await new Promise(setImmediate);
    pad.deliver(sized(10, 2));
    pad.close(stopCodes.ok, '');
    await consumer;
    assert.deepEqual(seen, ['start', 1, 2, 'stop']);
  });

  it('disconnects and frees what waits when its consumer leaves the loop', async () => {
    const pad = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    let freed = 0;
    for (let n = 1; n <= 3; n++) pad.deliver(sized(10, n, () => freed++));
    for await (const message of subscription) {
      message.release();
      break;
    }
    assert.equal(pad.targetCount, 0);
    assert.equal(freed, 3);
  });

  it('ends a consumer that waits when it is closed by somebody else', async () => {
    const pad = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    const waiting = subscription.next();
    subscription.close();
    assert.deepEqual(await waiting, { done: true, value: undefined });
  });
});

const signal = { framerate: 30, nominalFramerate: 30, jitterNs: 0, lost: 0, corrupted: 0 };
