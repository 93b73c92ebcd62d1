import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RtspAnswer {
  status: number;
  headers: ReadonlyMap<string, string>;
}

/** RTSP by hand, with RTP in the same connection: what no player does on purpose. */
export class RtspConnection implements Disposable {
  readonly socket: Socket;
  /** Of RTP and RTCP. */
  dataBytes = 0;
  readonly #url: string;
  readonly #closed: Promise<void>;
  #bytes = Buffer.alloc(0);
  #cseq = 0;
  #session = '';
  #answered: ((answer: RtspAnswer) => void) | null = null;

  constructor(url: string) {
    const { hostname, port } = new URL(url.replace(/^rtsp:/, 'http:'));
    this.#url = url;
    this.socket = connect(Number(port), hostname);
    this.socket.on('error', () => this.socket.destroy()); // ended by the other side
    this.#closed = new Promise((resolve) => this.socket.once('close', resolve));
    this.socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#take());
    });
  }

  /** `SETUP`, and `PLAY` where that was answered 200. The status of the last one. */
  async play(): Promise<number> {
    const transport = 'RTP/AVP/TCP;unicast;interleaved=0-1';
    const setup = await this.request('SETUP', `${this.#url}/stream=0`, { Transport: transport });
    this.#session = (setup.headers.get('session') ?? '').split(';')[0] ?? '';
    return setup.status === 200 ? (await this.request('PLAY')).status : setup.status;
  }

  async request(method: string, url = this.#url, headers: Record<string, string> = {}): Promise<RtspAnswer> {
    this.#cseq += 1;
    const all = { CSeq: `${this.#cseq}`, ...(this.#session && { Session: this.#session }), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const answer = new Promise<RtspAnswer>((resolve) => {
      this.#answered = resolve;
    });
    this.socket.write(`${method} ${url} RTSP/1.0\r\n${lines.join('')}\r\n`);
    const ended = this.#closed.then(() => {
      throw new Error(`the connection ended before ${method} was answered`);
    });
    return Promise.race([answer, ended]);
  }

  /** Resolves when the other side has ended it. */
  async closed(withinMs = 20_000): Promise<void> {
    this.socket.resume();
    if (!this.socket.destroyed) await once(this.socket, 'close', { signal: AbortSignal.timeout(withinMs) });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(): boolean {
    if (this.#bytes[0] === 0x24) {
      const size = this.#bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#bytes.readUInt16BE(2);
      if (this.#bytes.length < size) return false;
      this.#bytes = this.#bytes.subarray(size);
      this.dataBytes += size;
      return true;
    }
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [first = '', ...lines] = this.#bytes.toString('latin1', 0, end).split('\r\n');
    const headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    });
    const answer = { status: Number(first.split(' ')[1]), headers: new Map(headers) };
    const size = end + 4 + Number(answer.headers.get('content-length') ?? 0);
    if (this.#bytes.length < size) return false;
    this.#bytes = this.#bytes.subarray(size);
    this.#answered?.(answer);
    return true;
  }
}
