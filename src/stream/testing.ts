/** Messages, targets and pads for tests. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { ACCEPT_ALL, type RejectFilter } from './filter.js';
import { type AnyMessage, type Component, heldMessages, Message, type Packet } from './message.js';
import type { Target } from './target.js';

export const jpegComponent: Component = {
  index: 0,
  kind: 'video',
  codec: 'jpeg',
  format: '',
  width: 640,
  height: 480,
  framerate: [30, 1],
  header: null,
  disabled: false,
};

let sequence = 0;

export function testPacket(changes: Partial<Packet> = {}): Packet {
  sequence += 1;
  return {
    component: jpegComponent,
    sequence,
    ptsNs: Number(process.hrtime.bigint()),
    dtsNs: 0,
    captureRealtimeNs: Date.now() * 1e6,
    durationNs: 33_333_333,
    frameType: 'key',
    discontinuity: false,
    slate: false,
    error: false,
    payload: new Uint8Array(100),
    header: null,
    planes: [],
    ...changes,
  };
}

export function packetMessage(changes: Partial<Packet> = {}, onFree?: () => void): Message<'packet'> {
  return Message.create('packet', testPacket(changes), onFree);
}

export function startMessage(generation = 1): Message<'start'> {
  return Message.create('start', {
    components: [jpegComponent],
    source: { camera: 'front', stream: 'low', generation },
  });
}

/** Notes what it is given, and releases it after `then` has seen it. */
export class Collector implements Target {
  readonly types: string[] = [];
  constructor(
    readonly rejects: RejectFilter = ACCEPT_ALL,
    private readonly then: (message: AnyMessage) => void = () => {},
  ) {}

  deliver(message: AnyMessage): void {
    this.types.push(message.type);
    this.then(message);
    message.release();
  }
}

/** Fails each test of the suite that ends with a message that it has not released. */
export function everyMessageIsReleased(): void {
  let before = 0;
  beforeEach(() => {
    before = heldMessages();
  });
  afterEach(() => {
    assert.equal(heldMessages() - before, 0, 'messages that were not released, or twice');
  });
}
