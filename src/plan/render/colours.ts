/** One for each stream, in its order; told apart by people who do not tell red from green too (Okabe and Ito). */
const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f5fb0', '#8a6d3b'];
const shared = '#5f6b76';

/** Of a node that these streams pass through; shared nodes are grey. */
export function colourOf(streams: readonly string[], all: readonly string[]): string {
  const [only, ...others] = streams;
  if (only === undefined || others.length > 0) return shared;
  return palette[all.indexOf(only) % palette.length] ?? shared;
}
