import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePad } from './fake-feed.js';
import { ACCEPT_ALL, accepting } from './filter.js';
import { type AnyMessage, Message, type MessageType, type Protection, stopCodes } from './message.js';
import type { Pad } from './pad.js';
import { Collector, everyMessageIsReleased, packetMessage, startMessage } from './testing.js';

const status = (bits: number) => Message.create('serviceStatus', bits);
const stop = (code = stopCodes.badSource as 101 | 0) => Message.create('stop', { code, reason: '' });

describe('pad: what a target is told that joins', () => {
  everyMessageIsReleased();

  /** What a target is given that joins after these. */
  function toldAfter(...messages: AnyMessage[]): string[] {
    const { pad } = makePad();
    pad.connect(new Collector());
    for (const message of messages) pad.deliver(message);
    const late = new Collector();
    pad.connect(late);
    pad.close(stopCodes.ok, '');
    return late.types.slice(0, -2);
  }

  it('P11: what holds, in the order in which it came to hold', () => {
    const grace = () => Message.create('grace', 5);
    const warning = () => Message.create('noStartWarning', { code: stopCodes.noInput, reason: '' });
    assert.deepEqual(toldAfter(startMessage(), status(1), packetMessage()), ['start', 'serviceStatus']);
    assert.deepEqual(toldAfter(grace(), status(1)), ['grace', 'serviceStatus']);
    assert.deepEqual(toldAfter(grace(), warning()), ['noStartWarning']);
    assert.deepEqual(toldAfter(grace(), warning(), startMessage()), ['start']);
    assert.deepEqual(toldAfter(startMessage(), stop(0)), []);
  });

  it('P11: how the source is encrypted, while it is', () => {
    const tls = { protocol: 'tls', version: '1.3', cipher: 'C', keyEpoch: 1 } as const;
    const info = (data: Protection | null) => Message.create('descrambleInfo', data);
    assert.deepEqual(toldAfter(startMessage(), info(tls)), ['start', 'descrambleInfo']);
    assert.deepEqual(toldAfter(startMessage(), info(tls), info(null)), ['start']);
  });

  it('P11: the newest start, and only what it wants', () => {
    const { pad } = makePad();
    pad.connect(new Collector());
    pad.deliver(startMessage(3));
    pad.deliver(startMessage(4));
    pad.deliver(status(1));
    const generations: number[] = [];
    const late = new Collector(accepting('start'), (message) => {
      if (message.type === 'start') generations.push(message.data.source.generation);
    });
    pad.connect(late);
    assert.deepEqual(generations, [4]);
    pad.close(stopCodes.ok, '');
  });

  it('P11: after an end by a fault, that it cannot start', () => {
    assert.deepEqual(toldAfter(startMessage(), stop()), ['noStart']);
  });

  it('P11: nothing of what held while others were connected', () => {
    const { pad } = makePad();
    const before = pad.connect(new Collector());
    pad.deliver(startMessage());
    before.disconnect();
    const target = new Collector();
    pad.connect(target);
    assert.deepEqual(target.types, []);
  });

  it('P8: what is delivered while a target is told comes after it', () => {
    const { pad } = makePad();
    pad.connect(new Collector());
    pad.deliver(startMessage());
    pad.deliver(status(1));
    const late = new Collector(ACCEPT_ALL, () => pad.close(stopCodes.ok, ''));
    assert.equal(pad.connect(late).connected, false);
    assert.deepEqual(late.types, ['start', 'serviceStatus', 'stop', 'exit']);
  });

  it('P17: keeps the newest frame only when told to, only while somebody is connected', () => {
    const { pad } = makePad({ keepLatest: true });
    const connection = pad.connect(new Collector());
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
});

describe('pad: restart', () => {
  everyMessageIsReleased();

  function restarting(): { pad: Pad; seen: Collector; generations: number[] } {
    const { pad } = makePad();
    const generations: number[] = [];
    const seen = new Collector(ACCEPT_ALL, (message) => {
      if (message.type === 'start') generations.push(message.data.source.generation);
    });
    return { pad, seen, generations };
  }

  it('P12: asked for at any time, it is told before the next message, once', () => {
    const { pad, seen, generations } = restarting();
    pad.connect(seen);
    pad.deliver(startMessage(1));
    pad.restart('another size');
    pad.restart('another rate');
    assert.deepEqual(seen.types, ['start']);
    pad.deliver(packetMessage());
    pad.deliver(packetMessage());
    assert.deepEqual(seen.types, ['start', 'stop', 'start', 'packet', 'packet']);
    assert.deepEqual(generations, [1, 2]);
    pad.close(stopCodes.ok, '');
  });

  it('P12: asked for within a delivery, it is told after it, to everybody', () => {
    const { pad, seen } = restarting();
    pad.connect(
      new Collector(accepting('packet'), () => {
        pad.restart('another size');
        pad.deliver(status(1));
      }),
    );
    pad.connect(seen);
    pad.deliver(startMessage(1));
    pad.deliver(packetMessage());
    assert.deepEqual(seen.types, ['start', 'packet', 'stop', 'start', 'serviceStatus']);
    pad.close(stopCodes.ok, '');
  });

  it('P12: who joins in between is told what held, and then the restart', () => {
    const { pad, seen, generations } = restarting();
    pad.connect(new Collector());
    pad.deliver(startMessage(1));
    pad.restart('another size');
    pad.connect(seen);
    pad.deliver(packetMessage());
    assert.deepEqual(seen.types, ['start', 'stop', 'start', 'packet']);
    assert.deepEqual(generations, [1, 2]);
    pad.close(stopCodes.ok, '');
  });

  const lapses: Record<string, readonly AnyMessage['type'][]> = {
    'before a start, which tells the same': ['start', 'start', 'packet'],
    'before the end': ['start', 'stop', 'packet'],
    'while nothing has started': ['grace', 'packet'],
  };
  for (const [when, sequence] of Object.entries(lapses)) {
    it(`P13: it lapses ${when}`, () => {
      const { pad, seen } = restarting();
      pad.connect(seen);
      for (const [at, type] of sequence.entries()) {
        if (at === sequence.length - 2) pad.restart('another size');
        pad.deliver(make(type));
      }
      assert.deepEqual(seen.types, sequence);
      pad.close(stopCodes.ok, '');
    });
  }

  it('P13: it lapses while nobody is connected', () => {
    const { pad, seen } = restarting();
    pad.restart('another size');
    pad.connect(seen);
    pad.deliver(startMessage(2));
    pad.deliver(packetMessage());
    assert.deepEqual(seen.types, ['start', 'packet']);
    pad.close(stopCodes.ok, '');
  });
});

function make(type: MessageType): AnyMessage {
  if (type === 'start') return startMessage();
  if (type === 'stop') return stop(0);
  if (type === 'grace') return Message.create('grace', 5);
  return packetMessage();
}
