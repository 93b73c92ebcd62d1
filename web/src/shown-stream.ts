/** Which of a camera's streams the page shows. */
import type { CameraView, StreamView } from '../../dist/src/api/views.js';

/** Pixels across a card on most screens. */
const ENOUGH = 640;

/** A JPEG stream, which costs no encode of its own; else the smallest that fills the card, or the largest. */
export function shownStream({ streams }: CameraView): StreamView | undefined {
  const offered = streams.filter(
    ({ codec, addresses }) => addresses.mjpeg !== null || (codec === 'h264' && addresses.ws !== null),
  );
  const bySize = [...offered].sort((a, b) => a.width * a.height - b.width * b.height);
  return (
    offered.find(({ codec }) => codec === 'jpeg') ??
    bySize.find(({ width }) => width >= ENOUGH) ??
    bySize.at(-1)
  );
}
