/** What was measured, in a few words. */
import type { BranchCounts, Count, Drops } from './running.js';

export function framerateWords({ perSecond }: Pick<Count, 'perSecond'>): string {
  return `${perSecond.toFixed(1)} fps`;
}

/** Null: there is nothing to tell. */
export function dropWords({ kind, frames, perSecond }: Drops): string | null {
  switch (kind) {
    case 'thinned':
      return `thinned by ${perSecond.toFixed(1)} fps, as planned`;
    case 'closed':
      return 'closed: nobody reads';
    case 'lost':
      return frames === 0 ? null : `lost ${frames}, now ${framerateWords({ perSecond })}`;
  }
}

export function branchWords({ published, bitrateBps, readers, latencyMs }: BranchCounts): string[] {
  const bitrate = `${(bitrateBps / 1e6).toFixed(bitrateBps < 1e7 ? 2 : 1)} Mbit/s`;
  return [
    `${framerateWords(published)}, ${bitrate}`,
    `${readers} ${readers === 1 ? 'reader' : 'readers'}`,
    ...(latencyMs === null ? [] : [`${latencyMs.toFixed(1)} ms from capture to ring`]),
  ];
}
