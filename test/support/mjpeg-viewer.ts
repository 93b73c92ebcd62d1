import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';

export interface Part {
  /** Capture time, seconds since 1970. */
  timestamp: number;
  jpeg: Buffer;
  arrivedMs: number;
}

/** A browser's view of an MJPEG address: its parts, as they arrive. */
export class MjpegViewer implements Disposable {
  readonly parts: Part[] = [];
  readonly #request: ClientRequest;
  #pending: Buffer = Buffer.alloc(0);
  #ended = false;

  private constructor(request: ClientRequest, response: IncomingMessage) {
    const end = () => {
      this.#ended = true;
    };
    this.#request = request.on('error', end);
    response.on('close', end).on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#take());
    });
  }

  static async open(url: string): Promise<MjpegViewer> {
    // fetch could take a connection that the appliance is just closing, since nothing was asked there for a while.
    const request = get(url, { agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const type = response.headers['content-type'] ?? '';
    if (response.statusCode === 200 && type.startsWith('multipart/x-mixed-replace'))
      return new MjpegViewer(request, response);
    request.destroy();
    throw new Error(`${url}: ${response.statusCode} ${type}`);
  }

  get ended(): boolean {
    return this.#ended;
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }

  #take(): boolean {
    const headEnd = this.#pending.indexOf('\r\n\r\n');
    if (headEnd < 0) return false;
    const head = this.#pending.subarray(0, headEnd).toString('latin1');
    const size = Number(/^Content-Length: (\d+)/im.exec(head)?.[1]);
    const timestamp = Number(/^X-Timestamp: ([\d.]+)/im.exec(head)?.[1]);
    if (!Number.isFinite(size)) throw new Error(`a part without Content-Length: ${head}`);
    const start = headEnd + 4;
    if (this.#pending.length < start + size) return false;
    const jpeg = Buffer.from(this.#pending.subarray(start, start + size));
    this.parts.push({ timestamp, jpeg, arrivedMs: performance.now() });
    this.#pending = this.#pending.subarray(start + size);
    return true;
  }
}
