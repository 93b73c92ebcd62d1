export interface Part {
  /** Capture time, seconds since 1970. */
  timestamp: number;
  jpeg: Buffer;
  arrivedMs: number;
}

/** A browser's view of an MJPEG address: its parts, as they arrive. */
export class MjpegViewer implements Disposable {
  readonly parts: Part[] = [];
  readonly #abort = new AbortController();
  #pending: Buffer = Buffer.alloc(0);
  #ended = false;

  static async open(url: string): Promise<MjpegViewer> {
    const viewer = new MjpegViewer();
    const response = await fetch(url, { signal: viewer.#abort.signal });
    const type = response.headers.get('content-type') ?? '';
    if (!response.ok || !type.startsWith('multipart/x-mixed-replace') || !response.body) {
      throw new Error(`${url}: ${response.status} ${type}`);
    }
    // Its end is what `ended` tells; an aborted one ends likewise.
    void viewer.#read(response.body).catch(() => {
      viewer.#ended = true;
    });
    return viewer;
  }

  get ended(): boolean {
    return this.#ended;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of body) {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#take());
    }
    this.#ended = true;
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
