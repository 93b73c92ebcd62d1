import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePad } from './fake-feed.js';
import type { PadInlet } from './feed.js';
import { ACCEPT_ALL, accepting, rejecting } from './filter.js';
import { type AnyMessage, Message, type MessageType, stopCodes } from './message.js';
import type { Target } from './target.js';
import { Collector, everyMessageIsReleased, packetMessage, startMessage } from './testing.js';

const status = (bits: number) => Message.create('serviceStatus', bits);

describe('pad: delivery', () => {
  everyMessageIsReleased();

  it('P1: gives each message to every target that wants its kind, in the order in which they came', () => {
    const { pad } = makePad();
    const order: string[] = [];
    pad.connect(new Collector(ACCEPT_ALL, ({ type }) => order.push(`a ${type}`)));
    pad.connect(new Collector(accepting('start'), ({ type }) => order.push(`b ${type}`)));
    pad.connect(new Collector(ACCEPT_ALL, ({ type }) => order.push(`c ${type}`)));
    pad.deliver(startMessage());
    pad.deliver(packetMessage());
    assert.deepEqual(order, ['a start', 'b start', 'c start', 'a packet', 'c packet']);
    pad.close(stopCodes.ok, '');
  });

  it('P2: gives clones to all but the last taker, and the original to the last', () => {
    const { pad } = makePad();
    const received: AnyMessage[] = [];
    const keep = { rejects: ACCEPT_ALL, deliver: (message: AnyMessage) => void received.push(message) };
    pad.connect({ ...keep });
    pad.connect({ ...keep });
    pad.connect({ ...keep });
    pad.connect(new Collector(rejecting('packet')));
    let freed = 0;
    const message = packetMessage({}, () => freed++);
    pad.deliver(message);

    assert.equal(received.length, 3);
    assert.equal(new Set(received).size, 3);
    assert.equal(received[2], message);
    const payloads = received.map((one) => one.type === 'packet' && one.data.payload);
    assert.equal(new Set(payloads).size, 1, 'and all of them share one payload');
    received[2]?.release();
    received[0]?.release();
    assert.equal(freed, 0);
    received[1]?.release();
    assert.equal(freed, 1);
  });

  it('P3: frees a message that nobody takes', () => {
    const { pad } = makePad();
    let freed = 0;
    pad.deliver(packetMessage({}, () => freed++));
    pad.connect(new Collector(accepting('start')));
    pad.deliver(packetMessage({}, () => freed++));
    assert.equal(freed, 2);
  });

  it('P6: lets a target leave, and another be thrown out, in the middle of a delivery', () => {
    const { pad } = makePad();
    let freed = 0;
    const leaving = new Collector(ACCEPT_ALL, () => {
      own.disconnect();
      other.disconnect();
    });
    const thrownOut = new Collector();
    const staying = new Collector();
    const own = pad.connect(leaving);
    const other = pad.connect(thrownOut);
    pad.connect(staying);
    pad.deliver(packetMessage({}, () => freed++));
    assert.deepEqual([leaving.types, thrownOut.types, staying.types], [['packet'], [], ['packet']]);
    assert.equal(freed, 1);
    assert.equal(pad.targetCount, 1);
  });

  it('P6: frees the message when its last taker left during the delivery', () => {
    const { pad } = makePad();
    let freed = 0;
    pad.connect(new Collector(ACCEPT_ALL, () => last.disconnect()));
    const last = pad.connect(new Collector());
    pad.deliver(packetMessage({}, () => freed++));
    assert.equal(freed, 1);
  });

  it('P7: does not give a message to a target that connects during its delivery', () => {
    const { pad } = makePad();
    const late = new Collector();
    pad.connect(
      new Collector(ACCEPT_ALL, () => {
        if (pad.targetCount === 1) pad.connect(late);
      }),
    );
    pad.deliver(packetMessage());
    assert.deepEqual(late.types, []);
    pad.deliver(packetMessage());
    assert.deepEqual(late.types, ['packet']);
  });

  it('P8: what is delivered from within a delivery comes after it, for everybody', () => {
    const { pad } = makePad();
    const first = new Collector(ACCEPT_ALL, (message) => {
      if (message.type === 'packet') pad.deliver(status(1));
    });
    const second = new Collector();
    pad.connect(first);
    pad.connect(second);
    pad.deliver(packetMessage());
    assert.deepEqual(first.types, ['packet', 'serviceStatus']);
    assert.deepEqual(second.types, ['packet', 'serviceStatus']);
    pad.close(stopCodes.ok, '');
  });

  it('P8: what waits is freed when the last target leaves meanwhile', () => {
    const { pad } = makePad();
    let freed = 0;
    const connection = pad.connect(
      new Collector(ACCEPT_ALL, () => {
        pad.deliver(packetMessage({}, () => freed++));
        connection.disconnect();
      }),
    );
    pad.deliver(packetMessage());
    assert.equal(freed, 1);
  });

  it('P9: keeps the others going when a target throws or rejects, and releases for it', async () => {
    const { pad, failures } = makePad();
    let freed = 0;
    const fine = new Collector();
    const throwing: Target = {
      rejects: ACCEPT_ALL,
      deliver: () => {
        throw new Error('boom');
      },
    };
    const late = { kind: 'mine' };
    pad.connect(throwing);
    pad.connect({
      rejects: ACCEPT_ALL,
      deliver: () => Promise.reject(new Error('late boom')),
      info: () => late,
    });
    pad.connect(fine);
    pad.deliver(packetMessage({}, () => freed++));
    await new Promise(setImmediate);
    assert.equal(freed, 1);
    assert.deepEqual(fine.types, ['packet']);
    assert.deepEqual(
      failures.map(({ pad: name, target, error }) => [name, target['kind'], String(error)]),
      [
        ['front/low', 'target', 'Error: boom'],
        ['front/low', 'mine', 'Error: late boom'],
      ],
    );
    assert.equal(pad.targetCount, 3);
  });

  it('P9: reports a target that fails all the time once a second, with the count', async () => {
    const { pad, failures, clock } = makePad();
    pad.connect(
      new Collector(ACCEPT_ALL, () => {
        throw new Error('boom');
      }),
    );
    for (let frame = 0; frame <= 30; frame++) {
      pad.deliver(packetMessage());
      await clock.advance(1000 / 30);
    }
    pad.deliver(packetMessage());
    assert.deepEqual(
      failures.map(({ times }) => times),
      [1, 30],
    );
  });
});

describe('pad: filters', () => {
  everyMessageIsReleased();

  it('P4: rejects what all its targets reject, as they come and go; without any, everything', () => {
    const { pad } = makePad();
    const rejected = () => (['packet', 'start', 'signalStatus'] as const).map((type) => !pad.probe(type));
    assert.deepEqual(rejected(), [true, true, true]);
    const packets = pad.connect(new Collector(accepting('packet')));
    assert.deepEqual(rejected(), [false, true, true]);
    const rest = pad.connect(new Collector(rejecting('packet', 'signalStatus')));
    assert.deepEqual(rejected(), [false, false, true]);
    packets.disconnect();
    assert.deepEqual(rejected(), [true, false, true]);
    rest.disconnect();
    assert.deepEqual(rejected(), [true, true, true]);
  });

  it('P4: there is no filter for a kind that does not exist', () => {
    assert.throws(() => accepting('packets' as MessageType), /one of the kinds packet, .*found "packets"/);
  });

  it('P4: a target sees no kind that it rejects, whatever others want', () => {
    const { pad } = makePad();
    const packets = new Collector(accepting('packet'));
    pad.connect(packets);
    pad.connect(new Collector());
    pad.deliver(startMessage());
    pad.deliver(status(3));
    pad.deliver(packetMessage());
    assert.deepEqual(packets.types, ['packet']);
    pad.close(stopCodes.ok, '');
  });

  it('P5: a feed that asks first makes no message that nobody wants', () => {
    const { pad, feed } = makePad();
    let inlet: PadInlet | undefined;
    feed.onOpen = (opened) => {
      inlet = opened;
    };
    const first = pad.connect(new Collector(accepting('packet')));
    assert.equal(inlet?.probe('signalStatus'), false);
    pad.connect(new Collector(accepting('signalStatus')));
    assert.equal(inlet?.probe('signalStatus'), true);
    assert.equal(inlet?.probe('packet'), true);
    first.disconnect();
    assert.equal(inlet?.probe('packet'), false);
  });
});

describe('pad: its feed and its life', () => {
  everyMessageIsReleased();

  it('P10: opens its feed for the first target and closes it after the last, once each', () => {
    const { pad, feed } = makePad();
    const first = pad.connect(new Collector());
    const second = pad.connect(new Collector());
    first.disconnect();
    first.disconnect();
    assert.deepEqual(feed.calls, ['open']);
    second.disconnect();
    assert.deepEqual(feed.calls, ['open', 'close']);
    pad.connect(new Collector());
    assert.deepEqual(feed.calls, ['open', 'close', 'open']);
    assert.equal(pad.targetCount, 1);
  });

  it('P10: refuses the connection when the feed cannot be opened', () => {
    const { pad, feed } = makePad();
    feed.onOpen = () => {
      throw new Error('no ring');
    };
    const target = new Collector();
    assert.throws(() => pad.connect(target), /no ring/);
    assert.equal(pad.targetCount, 0);
    assert.equal(pad.probe('packet'), false);
    feed.onOpen = () => {};
    assert.equal(pad.connect(target).connected, true);
  });

  it('P10: a target that leaves at the first word closes the feed that is just being opened', () => {
    const { pad, feed } = makePad();
    feed.onOpen = (inlet) => inlet.deliver(Message.create('grace', 5));
    const target: Target = {
      rejects: ACCEPT_ALL,
      deliver(message) {
        message.release();
        pad.close(stopCodes.ok, '');
      },
    };
    assert.equal(pad.connect(target).connected, false);
    assert.deepEqual(feed.calls, ['open', 'close']);
  });

  it('P14: ends with stop and exit, lets everybody go, and takes nobody and nothing afterwards', () => {
    const { pad, feed } = makePad();
    const target = new Collector();
    const connection = pad.connect(target);
    pad.close(stopCodes.sourceDeleted, 'the camera was taken out of the profile');
    pad.close(stopCodes.ok, '');
    assert.deepEqual(target.types, ['stop', 'exit']);
    assert.equal(connection.connected, false);
    assert.deepEqual(feed.calls, ['open', 'close']);
    assert.throws(() => pad.connect(new Collector()), /closed/);
    let freed = 0;
    pad.deliver(packetMessage({}, () => freed++));
    assert.equal(freed, 1);
    assert.deepEqual(target.types, ['stop', 'exit']);
  });

  it('P14: closed from within a delivery, it ends after that delivery', () => {
    const { pad } = makePad();
    pad.connect(new Collector(accepting('packet'), () => pad.close(stopCodes.ok, '')));
    const other = new Collector();
    pad.connect(other);
    pad.deliver(packetMessage());
    assert.deepEqual(other.types, ['packet', 'stop', 'exit']);
    assert.equal(pad.targetCount, 0);
  });

  it('P15: refuses the same target twice', () => {
    const { pad } = makePad();
    const target = new Collector();
    pad.connect(target);
    assert.throws(() => pad.connect(target), /already connected/);
  });

  it('P16: tells what is connected, and how it fares', () => {
    const { pad } = makePad();
    pad.connect({
      rejects: accepting('packet'),
      deliver: (m) => m.release(),
      info: () => ({ kind: 'mine' }),
    });
    pad.connect({
      rejects: ACCEPT_ALL,
      deliver(message) {
        if (message.type === 'packet') throw new Error('boom');
        message.release();
      },
      info: () => {
        throw new Error('no idea');
      },
    });
    pad.deliver(startMessage());
    pad.deliver(packetMessage());
    assert.deepEqual(pad.info(), {
      pad: 'front/low',
      delivered: 2,
      targets: [
        { kind: 'mine', delivered: 1, failures: 0 },
        { kind: 'target', infoFailed: 'Error: no idea', delivered: 2, failures: 1 },
      ],
    });
    pad.close(stopCodes.ok, '');
  });
});
