/** The bytes around a picture in an MJPEG stream. */
import type { Packet } from '../stream/message.js';

const BOUNDARY = 'boundarydonotcross';

export const MJPEG_TYPE = `multipart/x-mixed-replace;boundary=${BOUNDARY}`;

/** Before the first part. */
export const OPENING = `--${BOUNDARY}\r\n`;

/**
 * After every picture, and sent with it: a viewer shows a picture when it sees
 * the boundary, so one that came with the next picture would cost a frame time.
 */
export const CLOSING = `\r\n--${BOUNDARY}\r\n`;

/** Headers of the part to come, for browsers that show a picture only when the next one's are there. */
export const ADVANCE = 'Content-Type: image/jpeg\r\n\r\n';

export function partHeaders(packet: Packet): string {
  return (
    'Content-Type: image/jpeg\r\n' +
    `Content-Length: ${packet.payload.byteLength}\r\n` +
    `X-Timestamp: ${(packet.captureRealtimeNs / 1e9).toFixed(6)}\r\n\r\n`
  );
}
