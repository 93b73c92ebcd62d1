/**
 * A million random connections, disconnections, deliveries and slow consumers: no message is leaked or freed twice,
 * and each target gets what the rules say. The seed is printed; TEECAM_SEED=N plays it again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settled } from '../base/fake-clock.js';
import { ACCEPT_ALL, accepting, rejecting } from './filter.js';
import { type AnyMessage, heldMessages, leakedMessages, Message, stopCodes } from './message.js';
import { overflowNames } from './overflow.js';
import { Pad } from './pad.js';
import { MessageQueue } from './queue.js';
import type { Connection } from './target.js';
import { packetMessage, startMessage } from './testing.js';

const steps = 1_000_000;
const maxConnections = 8;
const seed = Number(process.env['TEECAM_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers that are the same for the same seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Torture {
  readonly #random = randomFrom(seed);
  #connections: Connection[] = [];
  #queues: MessageQueue[] = [];
  /** Messages that a target has put aside. */
  #held: AnyMessage[] = [];
  #feedOpen = false;
  created = 0;
  freed = 0;
  failures = 0;
  received = 0;
  /** Not thrown: within a delivery the pad would take it for a target's failure. */
  readonly faults = new Set<string>();
  readonly pad = new Pad({
    name: 'front/low',
    keepLatest: true,
    feed: {
      open: () => {
        this.#expect(!this.#feedOpen, 'opened twice');
        this.#feedOpen = true;
        if (this.#chance(0.1)) {
          this.#feedOpen = false;
          throw new Error('no ring');
        }
        if (this.#chance(0.3)) this.pad.deliver(Message.create('grace', 5));
      },
      close: () => {
        this.#expect(this.#feedOpen, 'closed twice');
        this.#feedOpen = false;
      },
      describe: () => ({ components: [], source: { camera: 'front', stream: 'low', generation: 1 } }),
    },
    onTargetFailure: ({ times }) => {
      this.failures += times;
    },
  });

  step(): void {
    const dice = this.#random();
    if (dice < 0.6) this.pad.deliver(this.#message());
    else if (dice < 0.7) this.#connect();
    else if (dice < 0.8) this.#leave();
    else if (dice < 0.95) this.#consume();
    else if (dice < 0.98) this.#letGo();
    else if (dice < 0.99) this.pad.restart('another size');
    else this.pad.latest()?.release();
    assert.equal(this.#feedOpen, this.pad.targetCount > 0);
  }

  end(): void {
    this.pad.close(stopCodes.ok, '');
    for (const queue of this.#queues) queue.close();
    for (const message of this.#held) message.release();
    for (const connection of this.#connections) assert.equal(connection.connected, false);
    assert.equal(this.#feedOpen, false);
  }

  #expect(holds: boolean, fault: string): void {
    if (!holds) this.faults.add(fault);
  }

  #chance(p: number): boolean {
    return this.#random() < p;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #message(): AnyMessage {
    const dice = this.#random();
    if (dice < 0.03) return startMessage();
    if (dice < 0.06) return Message.create('stop', { code: stopCodes.badSource, reason: '' });
    if (dice < 0.1) return Message.create('serviceStatus', Math.floor(dice * 1000));
    this.created += 1;
    let freed = false;
    return packetMessage({ frameType: dice < 0.3 ? 'key' : 'delta' }, () => {
      this.#expect(!freed, 'freed twice');
      freed = true;
      this.freed += 1;
    });
  }

  #connect(): void {
    if (this.#connections.length >= maxConnections) return;
    const rejects =
      this.#pick([ACCEPT_ALL, accepting('packet', 'exit'), rejecting('packet'), accepting('start')]) ?? 0;
    const target = this.#chance(0.4) ? this.#queue(rejects) : this.#target(rejects);
    try {
      const connection = this.pad.connect(target);
      this.#connections.push(connection);
    } catch (error) {
      this.#expect(String(error).includes('no ring'), String(error));
    }
  }

  #queue(rejects: number): MessageQueue {
    const overflow = this.#pick(overflowNames) ?? 'newest';
    const queue = new MessageQueue(rejects, {
      maxBytes: 100 * (1 + Math.floor(this.#random() * 20)),
      overflow,
    });
    this.#queues.push(queue);
    return queue;
  }

  /** Does anything that a target may do, and some that it should not. */
  #target(rejects: number) {
    return {
      rejects,
      deliver: (message: AnyMessage): void | Promise<void> => {
        this.received += 1;
        const dice = this.#random();
        if (dice < 0.02) throw new Error('boom');
        if (dice < 0.03) return Promise.reject(new Error('late boom'));
        if (dice < 0.06) this.#leave();
        else if (dice < 0.08) this.#connect();
        else if (dice < 0.1) this.pad.deliver(this.#message());
        else if (dice < 0.12) this.#held.push(message.clone());
        else if (dice < 0.14) {
          this.#held.push(message);
          return;
        }
        message.release();
        if (this.#chance(0.1)) message.release();
      },
    };
  }

  #leave(): void {
    const connection = this.#pick(this.#connections);
    connection?.disconnect();
    this.#connections = this.#connections.filter((other) => other.connected);
  }

  #consume(): void {
    this.#pick(this.#queues)?.shift()?.release();
    if (this.#queues.length > maxConnections) this.#queues.shift()?.close();
  }

  #letGo(): void {
    for (const message of this.#held.splice(0)) message.release();
  }
}

test(`M1, P6: a million random events leak nothing and free nothing twice (seed ${seed})`, async () => {
  const held = heldMessages();
  const leaked = leakedMessages();
  const torture = new Torture();
  for (let step = 0; step < steps; step++) {
    torture.step();
    // Promises that targets rejected are heard of between the turns.
    if (step % 1000 === 0) await settled();
  }
  torture.end();
  await settled();
  assert.deepEqual([...torture.faults], []);
  assert.equal(torture.freed, torture.created);
  assert.equal(heldMessages(), held);
  assert.equal(leakedMessages(), leaked);
  const { created, received, failures } = torture;
  assert.ok(
    created > steps / 3 && received > steps / 4 && failures > 0,
    `tortured: ${created} ${received} ${failures}`,
  );
});
