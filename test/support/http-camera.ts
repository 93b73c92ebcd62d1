import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';

/** A network camera with a user: `/stream` is MJPEG, `/picture` one JPEG, `/page` no picture at all. */
export class HttpCamera implements AsyncDisposable {
  readonly user = 'joe';
  readonly password = 'se/cr@t?1';
  /** It goes on being connected, and sends nothing. */
  silent = false;
  pictures = 0;
  connections = 0;
  /** What it sends in turn. */
  jpegs: readonly Buffer[];
  readonly #viewers = new Set<ServerResponse>();
  #server: Server | null = null;
  #timer: NodeJS.Timeout | undefined;
  #port = 0;
  #frame = 0;

  readonly #pem: Buffer | null;

  private constructor(jpegs: readonly Buffer[], pem: Buffer | null) {
    this.jpegs = jpegs;
    this.#pem = pem;
  }

  /** `pem`: its certificate and key; then it is https. */
  static async start(pem: Buffer | null = null): Promise<HttpCamera> {
    const camera = new HttpCamera(await pictures(320, 180), pem);
    await camera.listen();
    return camera;
  }

  address(path: string, password = this.password): string {
    return `${this.#pem ? 'https' : 'http'}://${this.user}:${encodeURIComponent(password)}@127.0.0.1:${this.#port}${path}`;
  }

  /** Where it was before, if it was. */
  async listen(): Promise<void> {
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    const pem = this.#pem;
    this.#server = pem ? createTlsServer({ cert: pem, key: pem }, answer) : createServer(answer);
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#timer = setInterval(() => this.#send(), 1000 / 15);
  }

  /** Like a plug that is pulled, but for the end of its connections. */
  async vanish(): Promise<void> {
    clearInterval(this.#timer);
    const server = this.#server;
    this.#server = null;
    this.#viewers.clear();
    if (!server) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const expected = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="camera"' }).end();
    } else if (request.url === '/stream') {
      response.writeHead(200, { 'Content-Type': 'multipart/x-mixed-replace; boundary=frame' });
      this.#viewers.add(response);
      response.on('close', () => this.#viewers.delete(response));
    } else if (request.url === '/picture') {
      this.pictures += 1;
      response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(this.#jpeg());
    } else if (request.url === '/page') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html></html>');
    } else {
      response.writeHead(404).end();
    }
  }

  #send(): void {
    if (this.silent) return;
    const jpeg = this.#jpeg();
    for (const viewer of this.#viewers) {
      viewer.write('--frame\r\nContent-Type: image/jpeg\r\n\r\n');
      viewer.write(jpeg);
      viewer.write('\r\n');
    }
  }

  #jpeg(): Buffer {
    this.#frame += 1;
    return this.jpegs[this.#frame % this.jpegs.length] ?? Buffer.alloc(0);
  }
}

export function pictures(width: number, height: number): Promise<Buffer[]> {
  const shades = [40, 80, 120, 160, 200];
  return Promise.all(
    shades.map((r) =>
      sharp({ create: { width, height, channels: 3, background: { r, g: 100, b: 100 } } })
        .jpeg()
        .toBuffer(),
    ),
  );
}
