import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { leakedMessages, Message } from './message.js';
import { packetMessage } from './testing.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('message', () => {
  it('is freed with its last clone, whatever the order, and only once', () => {
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

  it('cannot be used or cloned after its release, while its clones can', () => {
    const message = packetMessage({ sequence: 7 });
    using clone = message.clone();
    message.release();
    assert.throws(() => message.data, /released packet/);
    assert.throws(() => message.clone(), /released packet/);
    assert.equal(clone.data.sequence, 7);
  });

  it('is released at the end of a scope', () => {
    let freed = 0;
    {
      using message = packetMessage({}, () => freed++);
      assert.equal(message.released, false);
    }
    assert.equal(freed, 1);
  });

  it('weighs its payload and nothing else', () => {
    assert.equal(packetMessage({ payload: new Uint8Array(321) }).payloadBytes, 321);
    assert.equal(Message.create('mpegts', new Uint8Array(376)).payloadBytes, 376);
    assert.equal(Message.create('speed', 100).payloadBytes, 0);
  });

  it('counts the ones that were forgotten, and frees what they held', async () => {
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
