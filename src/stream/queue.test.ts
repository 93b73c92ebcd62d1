import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../base/fake-clock.js';
import { ACCEPT_ALL } from './filter.js';
import { type AnyMessage, Message, stopCodes } from './message.js';
import type { OverflowName, OverflowPolicy } from './overflow.js';
import { MessageQueue, type QueuePressure } from './queue.js';
import { everyMessageIsReleased, packetMessage, startMessage } from './testing.js';

function makeQueue(maxBytes: number, overflow: OverflowName | OverflowPolicy) {
  const clock = new FakeClock();
  const pressures: QueuePressure[] = [];
  const onPressure = (pressure: QueuePressure) => void pressures.push(pressure);
  return {
    queue: new MessageQueue(ACCEPT_ALL, { maxBytes, overflow, clock, onPressure }),
    clock,
    pressures,
  };
}

const sized = (bytes: number, sequence: number, onFree?: () => void) =>
  packetMessage({ payload: new Uint8Array(bytes), sequence }, onFree);
const delta = (bytes: number, sequence: number) =>
  packetMessage({ payload: new Uint8Array(bytes), sequence, frameType: 'delta' });
const stop = (code: 0 | 101 = 0) => Message.create('stop', { code, reason: '' });

/** Sequence numbers of packets, the kinds of others, oldest first; all are released. */
function drain(queue: MessageQueue): unknown[] {
  const seen: unknown[] = [];
  for (let message = queue.shift(); message; message = queue.shift()) {
    seen.push(message.type === 'packet' ? message.data.sequence : message.type);
    message.release();
  }
  return seen;
}

describe('queue', () => {
  everyMessageIsReleased();

  it('Q1: is first in, first out', () => {
    const { queue } = makeQueue(1000, 'drop-newest');
    queue.deliver(startMessage());
    queue.deliver(sized(100, 1));
    queue.deliver(sized(100, 2));
    assert.deepEqual(drain(queue), ['start', 1, 2]);
    assert.equal(queue.shift(), null);
  });

  it('Q2: is bounded in bytes of payload; what has none is always taken', () => {
    const { queue } = makeQueue(100, 'drop-newest');
    queue.deliver(sized(100, 1));
    queue.deliver(stop());
    queue.deliver(startMessage());
    queue.deliver(Message.create('mpegts', new Uint8Array(188)));
    assert.equal(queue.bytes, 100);
    assert.deepEqual(drain(queue), [1, 'stop', 'start']);
    assert.equal(queue.bytes, 0);
  });

  it('Q2: empty, it takes a message of any size', () => {
    for (const overflow of ['drop-newest', 'drop-oldest', 'drop-to-key-frame', 'newest'] as const) {
      const { queue } = makeQueue(50, overflow);
      queue.deliver(sized(100, 1));
      queue.deliver(delta(10, 2));
      const taken = drain(queue);
      assert.equal(taken.length, 1, overflow);
    }
  });

  it('Q2: refuses a bound that is none', () => {
    for (const maxBytes of [0, -1, Number.NaN]) {
      assert.throws(() => makeQueue(maxBytes, 'newest'), /maxBytes must be above 0/);
    }
  });

  it('Q4: drop-newest keeps what waits, and frees what it drops', () => {
    const { queue } = makeQueue(250, 'drop-newest');
    let freed = 0;
    for (let n = 1; n <= 4; n++) queue.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 2);
    queue.shift()?.release();
    queue.deliver(sized(100, 5));
    assert.deepEqual(drain(queue), [2, 5]);
  });

  it('Q5: drop-oldest takes what comes, and frees as many of the oldest as it needs', () => {
    const { queue } = makeQueue(250, 'drop-oldest');
    let freed = 0;
    queue.deliver(startMessage());
    for (let n = 1; n <= 3; n++) queue.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 1);
    queue.deliver(sized(150, 4));
    assert.equal(freed, 2);
    assert.deepEqual(drain(queue), ['start', 3, 4]);
  });

  it('Q6: drop-to-key-frame goes on from a later key frame, if one waits', () => {
    const { queue } = makeQueue(400, 'drop-to-key-frame');
    queue.deliver(sized(100, 1));
    queue.deliver(delta(100, 2));
    queue.deliver(sized(100, 3));
    queue.deliver(delta(100, 4));
    queue.deliver(delta(100, 5));
    assert.equal(queue.dropped, 2);
    assert.deepEqual(drain(queue), [3, 4, 5]);
  });

  it('Q6: drop-to-key-frame loses the rest of the group that arrives, if none waits', () => {
    const { queue } = makeQueue(250, 'drop-to-key-frame');
    queue.deliver(sized(100, 1));
    queue.deliver(delta(100, 2));
    queue.deliver(delta(100, 3));
    queue.shift()?.release();
    queue.deliver(delta(100, 4));
    queue.deliver(sized(100, 5));
    queue.deliver(delta(50, 6));
    assert.deepEqual(drain(queue), [2, 5, 6]);
  });

  it('Q6: drop-to-key-frame gives up a whole group for the next one', () => {
    const { queue } = makeQueue(250, 'drop-to-key-frame');
    queue.deliver(sized(100, 1));
    queue.deliver(delta(100, 2));
    queue.deliver(sized(150, 3));
    queue.deliver(delta(100, 4));
    assert.deepEqual(drain(queue), [3, 4]);
    assert.equal(queue.dropped, 2);
  });

  it('Q7: newest: one payload waits, and what has none is kept', () => {
    const { queue } = makeQueue(1000, 'newest');
    let freed = 0;
    queue.deliver(startMessage());
    for (let n = 1; n <= 5; n++) queue.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 4);
    assert.equal(queue.dropped, 4);
    assert.deepEqual(drain(queue), ['start', 5]);
  });

  it('Q8: carries a policy of the user', () => {
    const onlyEven: OverflowPolicy = {
      name: 'only-even',
      decide: (arriving) => ({ take: arriving.type === 'packet' && arriving.data.sequence % 2 === 0 }),
    };
    const { queue } = makeQueue(1000, onlyEven);
    for (let n = 1; n <= 4; n++) queue.deliver(sized(10, n));
    assert.equal(queue.info()['overflow'], 'only-even');
    assert.deepEqual(drain(queue), [2, 4]);
  });

  it('Q8: nothing is lost by a policy that throws', () => {
    const faulty: OverflowPolicy = {
      name: 'faulty',
      decide: (_, { messages }) => ({
        take: true,
        discard: (waiting) => {
          if (messages.length === 2 && waiting === messages[1]) throw new Error('faulty');
          return messages.length === 2;
        },
      }),
    };
    const { queue } = makeQueue(1000, faulty);
    queue.deliver(sized(10, 1));
    queue.deliver(sized(10, 2));
    using arriving = sized(10, 3);
    assert.throws(() => queue.deliver(arriving), /faulty/);
    assert.equal(queue.bytes, 20);
    assert.deepEqual(drain(queue), [1, 2]);
  });

  it('Q8: refuses a name that no policy has', () => {
    assert.throws(
      () => makeQueue(1000, 'drop-last' as OverflowName),
      /one of newest, drop-newest, .*found "drop-last"/,
    );
  });

  it('Q9: statuses do not pile up before a consumer that sleeps', () => {
    const { queue } = makeQueue(1000, 'drop-newest');
    for (let n = 0; n < 1000; n++) {
      queue.deliver(Message.create('serviceStatus', n));
      queue.deliver(Message.create('grace', n));
    }
    const [status, grace] = [queue.shift(), queue.shift()];
    assert.deepEqual([status?.data, grace?.data, queue.shift()], [999, 999, null]);
    status?.release();
    grace?.release();
  });

  it('Q9: nor do starts and stops without a payload in between; the last of each is kept', () => {
    const { queue } = makeQueue(1000, 'newest');
    queue.deliver(startMessage(1));
    queue.deliver(sized(10, 1));
    for (let n = 2; n <= 100; n++) {
      queue.deliver(stop());
      queue.deliver(startMessage(n));
      if (n % 10 === 0) queue.deliver(sized(10, n));
    }
    queue.deliver(stop(101));
    const messages: AnyMessage[] = [];
    for (let message = queue.shift(); message; message = queue.shift()) messages.push(message);
    assert.deepEqual(
      messages.map(({ type }) => type),
      ['stop', 'start', 'packet', 'stop'],
    );
    const [, start, , last] = messages;
    assert.equal(start?.type === 'start' && start.data.source.generation, 100);
    assert.equal(last?.type === 'stop' && last.data.code, stopCodes.badSource);
    for (const message of messages) message.release();
  });

  it('Q10: tells its fill, its losses and the most that ever waited', () => {
    const { queue } = makeQueue(400, 'drop-newest');
    queue.deliver(sized(300, 1));
    queue.deliver(sized(150, 2));
    assert.equal(queue.fill, 0.75);
    queue.shift()?.release();
    queue.deliver(sized(100, 3));
    assert.deepEqual(queue.info(), {
      kind: 'queue',
      overflow: 'drop-newest',
      waiting: 1,
      payloads: 1,
      bytes: 100,
      maxBytes: 400,
      highWaterBytes: 300,
      dropped: 1,
      droppedBytes: 150,
    });
    queue.close();
  });

  it('Q11: warns when it is nine tenths full, or loses something, once a second', async () => {
    const { queue, clock, pressures } = makeQueue(1000, 'drop-newest');
    queue.deliver(sized(890, 1));
    assert.equal(pressures.length, 0);
    queue.deliver(sized(10, 2));
    assert.deepEqual(pressures, [{ overflow: 'drop-newest', bytes: 900, maxBytes: 1000, dropped: 0 }]);
    for (let n = 3; n < 23; n++) {
      queue.deliver(sized(200, n));
      await clock.advance(100);
    }
    assert.deepEqual(
      pressures.map(({ dropped }) => dropped),
      [0, 11],
    );
    queue.close();
    await clock.advance(5000);
    assert.equal(pressures.length, 2);
  });

  it('Q11: does not warn of what is its way of life', () => {
    const { queue, pressures } = makeQueue(100, 'newest');
    for (let n = 1; n < 10; n++) queue.deliver(sized(200, n));
    assert.equal(pressures.length, 0);
    queue.close();
  });

  it('Q14: frees what arrives after its end, and what waits when it is closed', () => {
    const { queue } = makeQueue(1000, 'drop-newest');
    let freed = 0;
    queue.deliver(sized(100, 1, () => freed++));
    queue.close();
    queue.deliver(sized(100, 2, () => freed++));
    assert.equal(freed, 2);
  });

  it('Q15: has one consumer', async () => {
    const { queue } = makeQueue(1000, 'drop-newest');
    const waiting = queue.ready();
    await assert.rejects(queue.ready(), /one consumer/);
    queue.close();
    await waiting;
  });
});
