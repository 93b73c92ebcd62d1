import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { heldMessages, leakedMessages, Message } from './message.js';
import { Pad } from './pad.js';
import { Collector, packetMessage } from './testing.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('message', () => {
  it('M1: is freed with its last clone, whatever the order, and only once', () => {
    let freed = 0;
    const message = packetMessage({}, () => freed++);
    const clone = message.clone();
    const second = clone.clone();
    message.release();
    message.release();
    clone.release();
    assert.equal(freed, 0);
    second.release();
    assert.equal(freed, 1);
  });

  it('M2: cannot be used or cloned after its release, while its clones can', () => {
    const message = packetMessage({ sequence: 7 });
    using clone = message.clone();
    message.release();
    assert.throws(() => message.data, /released packet/);
    assert.throws(() => message.clone(), /released packet/);
    assert.equal(clone.data.sequence, 7);
  });

  it('M1: is released at the end of a scope', () => {
    let freed = 0;
    {
      using message = packetMessage({}, () => freed++);
      assert.equal(message.released, false);
    }
    assert.equal(freed, 1);
  });

  it('M3: a second release of the same message does no harm to its clones', () => {
    let freed = 0;
    const message = packetMessage({}, () => freed++);
    const clone = message.clone();
    for (let again = 0; again < 3; again++) message.release();
    assert.equal(freed, 0);
    assert.equal(clone.data.payload.byteLength, 100);
    clone.release();
    clone.release();
    assert.equal(freed, 1);
  });

  it('M5: those that are held are counted, clones each', () => {
    const before = heldMessages();
    const message = packetMessage();
    const clone = message.clone();
    assert.equal(heldMessages() - before, 2);
    clone.release();
    clone.release();
    assert.equal(heldMessages() - before, 1);
    message.release();
    assert.equal(heldMessages(), before);
  });

  it('M6: says which pad delivered it last, and so do its clones', () => {
    const origins: string[] = [];
    const pad = (name: string) =>
      new Pad({ name, onTargetFailure: ({ error }) => assert.fail(String(error)) });
    const [front, back] = [pad('front/low'), pad('back/low')];
    back.connect(new Collector(0, ({ origin }) => origins.push(origin)));
    front.connect(
      new Collector(0, (message) => {
        const clone = message.clone();
        origins.push(message.origin, clone.origin);
        back.deliver(clone);
      }),
    );
    const message = packetMessage();
    assert.equal(message.origin, '');
    front.deliver(message);
    assert.deepEqual(origins, ['front/low', 'front/low', 'back/low']);
  });

  it('M4: weighs its payload and nothing else', () => {
    assert.equal(packetMessage({ payload: new Uint8Array(321) }).payloadBytes, 321);
    assert.equal(Message.create('mpegts', new Uint8Array(376)).payloadBytes, 376);
    assert.equal(Message.create('speed', 100).payloadBytes, 0);
  });

  it('M5: counts the ones that were forgotten, and frees what they held', async () => {
    let freed = 0;
    const before = leakedMessages();
    const forget = () => {
      packetMessage({}, () => freed++)
        .clone()
        .release();
    };
    forget();
    const deadline = Date.now() + 10_000;
    while (leakedMessages() === before && Date.now() < deadline) {
      collectGarbage();
      await new Promise(setImmediate);
    }
    assert.ok(leakedMessages() > before);
    assert.equal(freed, 1);
  });
});
