import type { Server, Socket } from 'node:net';
import type { NativePort } from '../native/port.js';

/**
 * Left alone the kernel takes megabytes for a client that reads slowly, and
 * what it has taken cannot be skipped: the client would see all of it, late.
 */
export function limitUnsent(
  server: Server,
  native: Pick<NativePort, 'limitUnsent'>,
  backlogBytes: () => number,
  onError: (error: unknown) => void,
): void {
  server.on('connection', (socket) => {
    const descriptor = descriptorOf(socket);
    if (descriptor === null) return;
    try {
      native.limitUnsent(descriptor, backlogBytes());
    } catch (error) {
      onError(error); // it works without, with the kernel's own limit
    }
  });
}

/** Node has no word for it, and every version keeps it here. Null: it is closed already. */
function descriptorOf(socket: Socket): number | null {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null };
  const descriptor = handle?.fd;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}
