import { type ClientRequest, get } from 'node:http';

const PACKET = 188;
const VIDEO = 0x100;

/** A viewer of MPEG-TS that looks at every packet. */
export class TsViewer implements AsyncDisposable {
  packets = 0;
  frames = 0;
  keyFrames = 0;
  /** Packets that did not follow the one before of their kind, or are no packets. */
  faults = 0;
  /** PIDs of the first packets, the beginning of the first frame included. */
  readonly beginning: number[] = [];
  beginsWithKey = false;
  /** Milliseconds from the request to the first frame; null: none yet. */
  firstFrameMs: number | null = null;
  ended = false;
  readonly #request: ClientRequest;
  readonly #counters = new Map<number, number>();
  #left = Buffer.alloc(0);

  constructor(address: string) {
    const asked = performance.now();
    this.#request = get(address, (response) => {
      response.on('data', (chunk: Buffer) => {
        this.firstFrameMs ??= performance.now() - asked;
        this.#read(chunk);
      });
      response.on('close', () => {
        this.ended = true;
      });
    });
    this.#request.on('error', () => {
      this.ended = true;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#request.destroy();
  }

  #read(chunk: Buffer): void {
    this.#left = Buffer.concat([this.#left, chunk]);
    const whole = this.#left.length - (this.#left.length % PACKET);
    for (let at = 0; at < whole; at += PACKET) this.#packet(this.#left.subarray(at, at + PACKET));
    this.#left = this.#left.subarray(whole);
  }

  #packet(packet: Buffer): void {
    this.packets += 1;
    const pid = packet.readUInt16BE(1) & 0x1fff;
    const control = packet.readUInt8(3);
    const before = this.#counters.get(pid);
    const follows = before === undefined || (control & 0xf) === ((before + 1) & 0xf);
    if (packet[0] !== 0x47 || !follows) this.faults += 1;
    this.#counters.set(pid, control & 0xf);
    if (this.frames === 0) this.beginning.push(pid);
    const begins = (packet.readUInt8(1) & 0x40) !== 0;
    if (pid !== VIDEO || !begins) return;
    // The adaptation field of a frame's first packet has the clock, and says whether decoding can begin there.
    const isKey = (packet.readUInt8(5) & 0x40) !== 0;
    if (this.frames === 0) this.beginsWithKey = isKey;
    this.frames += 1;
    if (isKey) this.keyFrames += 1;
  }
}
