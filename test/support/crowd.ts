/** Many viewers at once, of whom some are stuck and some take a byte a second. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { RtspConnection } from './rtsp-connection.js';

export const manners = ['healthy', 'stuck', 'trickling'] as const;
export type Manner = (typeof manners)[number];

export interface CrowdMember {
  readonly kind: 'http' | 'rtsp';
  readonly manner: Manner;
  readonly socket: Socket;
  /** As the appliance sees it. */
  readonly client: string;
  /** Bytes that a healthy one has got. */
  bytes(): number;
}

/** Every tenth is stuck, every tenth trickles. */
function mannerOf(index: number): Manner {
  if (index % 10 === 3) return 'stuck';
  return index % 10 === 7 ? 'trickling' : 'healthy';
}

export class Crowd implements Disposable {
  readonly members: CrowdMember[] = [];
  readonly #sips: NodeJS.Timeout;

  constructor() {
    this.#sips = setInterval(() => {
      for (const { manner, socket } of this.members) if (manner === 'trickling') socket.read(1);
    }, 1000);
  }

  /** By HTTP. */
  async watch(url: string, count: number): Promise<void> {
    const { port, pathname } = new URL(url);
    const coming = Array.from({ length: count }, async (_, index) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => socket.destroy()); // it was ended
      socket.write(`GET ${pathname} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      await once(socket, 'readable');
      let bytes = 0;
      this.#add('http', mannerOf(index), socket, () => bytes);
      if (mannerOf(index) === 'healthy')
        socket.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
    });
    await Promise.all(coming);
  }

  /** By RTSP, over TCP. */
  async play(url: string, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const connection = new RtspConnection(url);
      const status = await connection.play();
      if (status !== 200) throw new Error(`RTSP viewer ${index} is answered ${status}`);
      const { socket } = connection;
      if (mannerOf(index) !== 'healthy') {
        socket.removeAllListeners('data');
        socket.pause();
      }
      this.#add('rtsp', mannerOf(index), socket, () => connection.dataBytes);
    }
  }

  those(manner: Manner): CrowdMember[] {
    return this.members.filter((member) => member.manner === manner);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sips);
    for (const { socket } of this.members) socket.destroy();
  }

  #add(kind: CrowdMember['kind'], manner: Manner, socket: Socket, bytes: () => number): void {
    this.members.push({ kind, manner, socket, client: `127.0.0.1:${socket.localPort}`, bytes });
  }
}
