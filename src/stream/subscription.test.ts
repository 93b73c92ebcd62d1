import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settled } from '../base/fake-clock.js';
import { type AnyMessage, Message, stopCodes } from './message.js';
import { Pad } from './pad.js';
import type { QueuePressure } from './queue.js';
import type { TargetFailure } from './target.js';
import { everyMessageIsReleased, packetMessage, startMessage } from './testing.js';

function makePad() {
  const failures: TargetFailure[] = [];
  const pressures: [string, QueuePressure][] = [];
  const pad = new Pad({
    name: 'front/low',
    onTargetFailure: (failure) => failures.push(failure),
    onQueuePressure: (name, pressure) => pressures.push([name, pressure]),
  });
  return { pad, failures, pressures };
}

const queue = { maxBytes: 1000, overflow: 'drop-newest' } as const;
const sized = (bytes: number, sequence: number, onFree?: () => void) =>
  packetMessage({ payload: new Uint8Array(bytes), sequence }, onFree);
const said = (message: AnyMessage) => (message.type === 'packet' ? message.data.sequence : message.type);

describe('subscription', () => {
  everyMessageIsReleased();

  it('Q3: whoever publishes waits for no consumer', () => {
    const { pad } = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    let freed = 0;
    for (let n = 0; n < 1000; n++) pad.deliver(sized(100, n, () => freed++));
    assert.equal(freed, 990);
    assert.equal(subscription.dropped, 990);
    subscription.close();
    assert.equal(freed, 1000);
  });

  it('Q12: yields what was asked for, in order, and ends with the pad', async () => {
    const { pad } = makePad();
    const subscription = pad.subscribe({ accept: ['start', 'packet', 'stop'], queue });
    const seen: unknown[] = [];
    const consumer = (async () => {
      for await (using message of subscription) seen.push(said(message));
    })();
    pad.deliver(startMessage());
    pad.deliver(Message.create('serviceStatus', 1));
    pad.deliver(sized(10, 1));
    await settled();
    pad.deliver(sized(10, 2));
    pad.close(stopCodes.ok, '');
    await consumer;
    assert.deepEqual(seen, ['start', 1, 2, 'stop']);
  });

  it('Q12: disconnects and frees what waits when its consumer leaves the loop', async () => {
    const { pad } = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    let freed = 0;
    for (let n = 1; n <= 3; n++) pad.deliver(sized(10, n, () => freed++));
    for await (using _ of subscription) break;
    assert.equal(pad.targetCount, 0);
    assert.equal(freed, 3);
  });

  it('Q12: ends a consumer that waits when it is closed by somebody else', async () => {
    const { pad } = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    const waiting = subscription.next();
    subscription.close();
    assert.deepEqual(await waiting, { done: true, value: undefined });
  });

  it('Q11: its pad hears when it is too slow', () => {
    const { pad, pressures } = makePad();
    const subscription = pad.subscribe({ accept: ['packet'], queue });
    for (let n = 0; n < 12; n++) pad.deliver(sized(100, n));
    assert.deepEqual(pressures, [
      ['front/low', { overflow: 'drop-newest', bytes: 900, maxBytes: 1000, dropped: 0 }],
    ]);
    subscription.close();
  });
});

describe('consumer', () => {
  everyMessageIsReleased();

  it('Q13: is called with one message at a time, which is released for it', async () => {
    const { pad } = makePad();
    const seen: unknown[] = [];
    const turns: (() => void)[] = [];
    let freed = 0;
    pad.consume({ accept: ['packet', 'stop'], queue }, async (message) => {
      seen.push(said(message));
      await new Promise<void>((resolve) => turns.push(resolve));
    });
    for (let n = 1; n <= 3; n++) pad.deliver(sized(10, n, () => freed++));
    await settled();
    assert.deepEqual([seen, freed], [[1], 0]);
    turns.shift()?.();
    await settled();
    assert.deepEqual([seen, freed], [[1, 2], 1]);
    pad.close(stopCodes.ok, '');
    for (let turn = 0; turn < 3; turn++) {
      turns.shift()?.();
      await settled();
    }
    assert.deepEqual([seen, freed], [[1, 2, 3, 'stop'], 3]);
  });

  it('Q13: what it throws is reported, and the next message comes all the same', async () => {
    const { pad, failures } = makePad();
    const seen: unknown[] = [];
    const connection = pad.consume({ accept: ['packet'], queue }, (message) => {
      seen.push(message.data.sequence);
      throw new Error(`boom ${message.data.sequence}`);
    });
    pad.deliver(sized(10, 1));
    pad.deliver(sized(10, 2));
    await settled();
    assert.deepEqual(seen, [1, 2]);
    assert.deepEqual(
      failures.map(({ error, target }) => [String(error), target['kind']]),
      [['Error: boom 1', 'queue']],
    );
    connection.disconnect();
  });

  it('Q13: after its disconnection nothing comes, and what waits is freed', async () => {
    const { pad } = makePad();
    const seen: unknown[] = [];
    let freed = 0;
    const connection = pad.consume({ accept: ['packet'], queue }, (message) => {
      seen.push(message.data.sequence);
      connection.disconnect();
    });
    for (let n = 1; n <= 3; n++) pad.deliver(sized(10, n, () => freed++));
    await settled();
    assert.deepEqual([seen, freed, connection.connected, pad.targetCount], [[1], 3, false, 0]);
  });

  it('Q14: a pad that is closed ends its consumers after what waits', async () => {
    const { pad } = makePad();
    const seen: unknown[] = [];
    const connection = pad.consume({ accept: ['packet', 'stop'], queue }, (m) => void seen.push(said(m)));
    pad.deliver(sized(10, 1));
    pad.deliver(sized(10, 2));
    pad.close(stopCodes.ok, '');
    assert.equal(connection.connected, false);
    await settled();
    assert.deepEqual(seen, [1, 2, 'stop']);
  });
});
