import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { loadNative } from '../native/load.js';
import { limitUnsent } from './unsent.js';

/** What the kernel holds for the other end of this connection, in bytes. */
function queued(localPort: number, remotePort: number): number {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const wanted = new RegExp(`:${hex(localPort)} [0-9A-F]+:${hex(remotePort)} [0-9A-F]+ ([0-9A-F]+):`);
  const found = wanted.exec(readFileSync('/proc/net/tcp', 'utf8'))?.[1];
  assert.ok(found, 'the connection is there');
  return Number.parseInt(found, 16);
}

/** How much the kernel takes for a client that never reads. */
async function takenForStuckClient(t: TestContext, backlogBytes: number | null): Promise<number> {
  const server = createServer();
  const connected = new Promise<Socket>((resolve) => server.once('connection', resolve));
  if (backlogBytes !== null)
    limitUnsent(
      server,
      loadNative(),
      () => backlogBytes,
      (error) => assert.fail(String(error)),
    );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = connect(port, '127.0.0.1').pause();
  const socket = await connected;
  t.after(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  let written = 0;
  const more = () => {
    written += 1;
    socket.write(Buffer.alloc(16_384), () => {
      if (!socket.destroyed) more();
    });
  };
  more();
  // Until it takes nothing any more: three looks alike.
  for (let same = 0, before = -1; same < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = written === before ? same + 1 : 0;
    before = written;
  }
  assert.ok(socket.writableLength > 0, 'a write waits outside');
  return queued(port, client.localPort ?? 0);
}

it('the kernel takes no more for a stuck client than it is told to', async (t) => {
  const limit = 64_000;
  const limited = await takenForStuckClient(t, limit);
  const unlimited = await takenForStuckClient(t, null);
  // What was sent and not acknowledged counts too; a client that does not read acknowledges into its own buffer.
  assert.ok(limited <= 2 * limit, `${limited} bytes wait`);
  assert.ok(unlimited > 4 * limit, `${unlimited} bytes wait without a limit`);
});
