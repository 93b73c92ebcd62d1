import type { LoadView, QualityView } from '../api/load-views.js';
import type { StreamProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';
import type { HeldStep } from './load-keeper.js';

/** Null: the stream is all that the profile says. */
export function loadView(held: readonly HeldStep[], camera: string, stream: string): LoadView | null {
  const steps = held.filter((step) => step.camera === camera && step.stream === stream);
  const last = steps.at(-1);
  if (!last) return null;
  const { of, since, reason } = last;
  return { steps: steps.map(({ rung }) => rung), full: qualityView(of), since, reason };
}

export function qualityView(stream: StreamProfile): QualityView {
  const { width, height, framerate } = stream;
  return {
    width,
    height,
    framerate: perSecond(framerate),
    bitrateBps: stream.codec === 'h264' ? stream.bitrateBps : null,
    quality: stream.codec === 'jpeg' ? stream.quality : null,
  };
}
