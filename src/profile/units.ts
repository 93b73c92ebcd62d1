/** Numbers as people write them in a profile, in the units the program uses. */

/** Frames a second as [numerator, denominator], in lowest terms. */
export type Framerate = [number, number];

export const framerateText = /^[1-9]\d{0,6}\/[1-9]\d{0,5}$/;
export const bitrateText = /^\d+(\.\d+)?[kM]$/;
export const bytesText = /^\d+(\.\d+)?[kM]$/;
export const durationText = /^\d+(\.\d+)?(ms|s|m)$/;
export const secondsText = /^\d+(\.\d+)?s$/;

/** `30`, `'30000/1001'`, `7.5`; 29.97 and its like are what television means by them. */
export function parseFramerate(value: number | string): Framerate {
  if (typeof value === 'string') {
    const [numerator = 0, denominator = 1] = value.split('/').map(Number);
    return reduce(numerator, denominator);
  }
  const whole = Math.round(value);
  if (whole > value && Math.abs((whole * 1000) / 1001 - value) < 0.005) return [whole * 1000, 1001];
  return reduce(Math.round(value * 1000), 1000);
}

export function perSecond([numerator, denominator]: Framerate): number {
  return numerator / denominator;
}

/** `30`, or `30000/1001` where it is not whole. */
export function formatFramerate([numerator, denominator]: Framerate): string {
  return denominator === 1 ? `${numerator}` : `${numerator}/${denominator}`;
}

/** Bits a second. */
export function parseBitrate(value: number | string): number {
  if (typeof value === 'number') return value;
  return Math.round(Number.parseFloat(value) * (value.endsWith('M') ? 1e6 : 1e3));
}

/** `256k` is 256 000. */
export function parseBytes(value: number | string): number {
  if (typeof value === 'number') return value;
  return Math.round(Number.parseFloat(value) * (value.endsWith('M') ? 1e6 : 1e3));
}

/** Milliseconds; a plain number is seconds. */
export function parseDuration(value: number | string): number {
  if (typeof value === 'number') return Math.round(value * 1000);
  const amount = Number.parseFloat(value);
  if (value.endsWith('ms')) return Math.round(amount);
  return Math.round(amount * (value.endsWith('m') ? 60_000 : 1000));
}

function reduce(numerator: number, denominator: number): Framerate {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  return [numerator / a, denominator / a];
}
