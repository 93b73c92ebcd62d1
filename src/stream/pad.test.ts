import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ACCEPT_ALL, accepting, rejecting } from './filter.js';
import { type AnyMessage, Message, stopCodes } from './message.js';
import { Pad } from './pad.js';
import type { Target, TargetFailure } from './target.js';
import { packetMessage, startMessage } from './testing.js';

function makePad(extra: Partial<ConstructorParameters<typeof Pad>[0]> = {}) {
  const failures: TargetFailure[] = [];
  const feed: string[] = [];
  const pad = new Pad({
    name: 'front/low',
    feed: { open: () => feed.push('open'), close: () => feed.push('close') },
    onTargetFailure: (failure) => failures.push(failure),
    ...extra,
  });
  return { pad, failures, feed };
}

class Collector implements Target {
  readonly messages: AnyMessage[] = [];
  constructor(
    readonly rejects: number = ACCEPT_ALL,
    private readonly then: (message: AnyMessage) => void = () => {},
  ) {}
  deliver(message: AnyMessage): void {
    this.messages.push(message);
    this.then(message);
  }
  get types(): string[] {
    return this.messages.map((message) => message.type);
  }
}

describe('pad', () => {
  it('gives clones to all but the last target, and the original to the last', () => {
    const { pad } = makePad();
    const targets = [new Collector(), new Collector(), new Collector()];
    for (const target of targets) pad.connect(target);
    let freed = 0;
    const message = packetMessage({}, () => freed++);
    pad.deliver(message);

    const received = targets.map((target) => target.messages[0]);
    assert.equal(received.filter((one) => one === message).length, 1);
    assert.equal(received[2], message);
    assert.equal(new Set(received).size, 3);
    for (const one of received.slice(0, 2)) one?.release();
    assert.equal(freed, 0);
    received[2]?.release();
    assert.equal(freed, 1);
  });

  it('frees a message that nobody takes', () => {
    const { pad } = makePad();
    let freed = 0;
    pad.deliver(packetMessage({}, () => freed++));
    pad.connect(new Collector(accepting('start')));
    pad.deliver(packetMessage({}, () => freed++));
    assert.equal(freed, 2);
  });

  it('combines the filters, so that a source can ask before it makes a message', () => {
    const { pad } = makePad();
    assert.equal(pad.probe('packet'), false);
    const packets = pad.connect(new Collector(accepting('packet')));
    const rest = pad.connect(new Collector(rejecting('packet', 'signalStatus')));
    assert.deepEqual(
      (['packet', 'start', 'signalStatus'] as const).map((type) => pad.probe(type)),
      [true, true, false],
    );
    packets.disconnect();
    assert.equal(pad.probe('packet'), false);
    rest.disconnect();
    assert.equal(pad.probe('start'), false);
  });

  it('opens its feed for the first target and closes it after the last, once each', () => {
    const { pad, feed } = makePad();
    const first = pad.connect(new Collector());
    const second = pad.connect(new Collector());
    first.disconnect();
    first.disconnect();
    assert.deepEqual(feed, ['open']);
    second.disconnect();
    assert.deepEqual(feed, ['open', 'close']);
    pad.connect(new Collector());
    assert.deepEqual(feed, ['open', 'close', 'open']);
    assert.equal(pad.targetCount, 1);
  });

  it('refuses the connection when the feed cannot be opened', () => {
    let broken = true;
    const { pad } = makePad({
      feed: {
        open: () => {
          if (broken) throw new Error('no ring');
        },
        close: () => assert.fail('was never open'),
      },
    });
    const target = new Collector();
    assert.throws(() => pad.connect(target), /no ring/);
    assert.equal(pad.targetCount, 0);
    broken = false;
    assert.equal(pad.connect(target).connected, true);
  });

  it('lets a target leave, and another be thrown out, in the middle of a delivery', () => {
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
    for (const message of [...leaving.messages, ...staying.messages]) message.release();
    assert.equal(freed, 1);
    assert.equal(pad.targetCount, 1);
  });

  it('frees the message when its last taker left during the delivery', () => {
    const { pad } = makePad();
    let freed = 0;
    pad.connect(
      new Collector(ACCEPT_ALL, (message) => {
        message.release();
        last.disconnect();
      }),
    );
    const last = pad.connect(new Collector());
    pad.deliver(packetMessage({}, () => freed++));
    assert.equal(freed, 1);
  });

  it('does not give a message to a target that connected during its delivery', () => {
    const { pad } = makePad();
    const late = new Collector();
    const first = new Collector(ACCEPT_ALL, () => {
      if (pad.targetCount === 1) pad.connect(late);
    });
    pad.connect(first);
    pad.deliver(packetMessage());
    assert.deepEqual(late.types, []);
    pad.deliver(packetMessage());
    assert.deepEqual(late.types, ['packet']);
  });

  it('keeps others going when a target throws or rejects, and releases for it', async () => {
    const { pad, failures } = makePad();
    let freed = 0;
    const fine = new Collector(ACCEPT_ALL, (message) => message.release());
    const throwing = new Collector(ACCEPT_ALL, () => {
      throw new Error('boom');
    });
    const rejectingTarget: Target = {
      rejects: ACCEPT_ALL,
      deliver: () => Promise.reject(new Error('late boom')),
      info: () => ({ kind: 'mine' }),
    };
    pad.connect(throwing);
    pad.connect(rejectingTarget);
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

  it('tells a target that joins late how the stream began', () => {
    const { pad } = makePad();
    pad.connect(new Collector());
    pad.deliver(startMessage(4));
    const late = new Collector();
    pad.connect(late);
    const [start] = late.messages;
    assert.equal(start?.type === 'start' && start.data.source.generation, 4);
    pad.deliver(Message.create('stop', { code: stopCodes.ok, reason: '' }));
    const later = new Collector();
    pad.connect(later);
    assert.deepEqual(later.types, []);
  });

  it('keeps the newest frame only when told to, only while somebody is connected', () => {
    const { pad } = makePad({ keepLatest: true });
    const connection = pad.connect(new Collector(ACCEPT_ALL, (message) => message.release()));
    let freed = 0;
    assert.equal(pad.latest(), null);
    pad.deliver(packetMessage({ sequence: 1 }, () => freed++));
    pad.deliver(packetMessage({ sequence: 2 }, () => freed++));
    assert.equal(freed, 1);
    const latest = pad.latest();
    assert.equal(latest?.data.sequence, 2);
    connection.disconnect();
    assert.equal(pad.latest(), null);
    assert.equal(freed, 1);
    latest?.release();
    assert.equal(freed, 2);
  });

  it('ends with stop and exit, lets everybody go, and takes nobody afterwards', () => {
    const { pad, feed } = makePad();
    const target = new Collector();
    const connection = pad.connect(target);
    pad.close(stopCodes.sourceDeleted, 'the camera was taken out of the profile');
    pad.close(stopCodes.ok, '');
    assert.deepEqual(target.types, ['stop', 'exit']);
    assert.equal(connection.connected, false);
    assert.deepEqual(feed, ['open', 'close']);
    assert.throws(() => pad.connect(new Collector()), /closed/);
  });

  it('refuses the same target twice', () => {
    const { pad } = makePad();
    const target = new Collector();
    pad.connect(target);
    assert.throws(() => pad.connect(target), /already connected/);
  });
});
