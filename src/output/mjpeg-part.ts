/** The bytes around a picture in an MJPEG stream. */
import type { Packet } from '../stream/message.js';

const BOUNDARY = 'boundarydonotcross';

export const MJPEG_TYPE = `multipart/x-mixed-replace;boundary=${BOUNDARY}`;

// Buffers and not strings: a write of buffers only goes to the kernel as it is.
/** Before the first part. */
export const OPENING = Buffer.from(`--${BOUNDARY}\r\n`);

/**
 * After every picture, and sent with it: a viewer shows a picture when it sees
 * the boundary, so one that came with the next picture would cost a frame time.
 */
export const CLOSING = Buffer.from(`\r\n--${BOUNDARY}\r\n`);

/** The same with headers of the part to come, for browsers that show a picture only when the next one's are there. */
export const CLOSING_AND_ADVANCE = Buffer.from(`${CLOSING}Content-Type: image/jpeg\r\n\r\n`);

/** Made once for all the clients of a frame. */
const made = new WeakMap<Packet, Buffer>();

export function partHeaders(packet: Packet): Buffer {
  const known = made.get(packet);
  if (known) return known;
  const headers = Buffer.from(
    'Content-Type: image/jpeg\r\n' +
      `Content-Length: ${packet.payload.byteLength}\r\n` +
      `X-Timestamp: ${(packet.captureRealtimeNs / 1e9).toFixed(6)}\r\n\r\n`,
  );
  made.set(packet, headers);
  return headers;
}
