/**
 * Keys that the documentation names and a later version brings, by the place
 * they have: a person who writes one gets told so instead of being asked for
 * the spelling.
 */
const later: { at: RegExp; keys: readonly string[] }[] = [
  { at: /^$/, keys: ['webrtc', 'tls'] },
  { at: /^cameras\.[^.]+$/, keys: ['limits', 'priority'] },
  { at: /^cameras\.[^.]+\.streams\.[^.]+$/, keys: ['limits'] },
];

const laterChoices: { at: RegExp; values: readonly string[] }[] = [
  { at: /\.codec$/, values: ['h265'] },
  { at: /\.outputs\.\d+$/, values: ['webrtc', 'hls', 'dash', 'record', 'push'] },
];

export function isLaterKey(parent: string, key: string): boolean {
  return later.some(({ at, keys }) => at.test(parent) && keys.includes(key));
}

export function isLaterChoice(path: string, value: unknown): boolean {
  return laterChoices.some(({ at, values }) => at.test(path) && values.some((known) => known === value));
}
