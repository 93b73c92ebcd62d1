/** Messages for tests. */
import { Message, type Packet } from './message.js';

let sequence = 0;

export function packetMessage(changes: Partial<Packet> = {}, onFree?: () => void): Message<'packet'> {
  sequence += 1;
  const packet: Packet = {
    component: 0,
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
    planes: [],
    ...changes,
  };
  return Message.create('packet', packet, onFree);
}

export function startMessage(generation = 1): Message<'start'> {
  return Message.create('start', {
    components: [
      {
        index: 0,
        kind: 'video',
        codec: 'jpeg',
        format: '',
        width: 640,
        height: 480,
        framerate: [30, 1],
        header: null,
        disabled: false,
      },
    ],
    source: { camera: 'front', stream: 'low', generation },
  });
}
