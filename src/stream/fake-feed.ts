/** A feed that does nothing by itself, and a pad on it. */
import { FakeClock } from '../base/fake-clock.js';
import type { PadFeed, PadInlet } from './feed.js';
import { Pad, type PadOptions } from './pad.js';
import type { TargetFailure } from './target.js';

export class FakeFeed implements PadFeed {
  readonly calls: string[] = [];
  onOpen: (pad: PadInlet) => void = () => {};
  open(pad: PadInlet): void {
    this.calls.push('open');
    this.onOpen(pad);
  }
  close(): void {
    this.calls.push('close');
  }
  describe() {
    return { components: [], source: { camera: 'front', stream: 'low', generation: 2 } };
  }
}

export function makePad(extra: Partial<PadOptions> = {}) {
  const failures: TargetFailure[] = [];
  const feed = new FakeFeed();
  const clock = new FakeClock();
  const onTargetFailure = (failure: TargetFailure) => void failures.push(failure);
  const pad = new Pad({ name: 'front/low', feed, clock, onTargetFailure, ...extra });
  return { pad, feed, clock, failures };
}
