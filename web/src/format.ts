/** Numbers as people read them. A number that is not known is a dash. */

export const NONE = '–';

export function rate(framesPerSecond: number): string {
  const digits = framesPerSecond > 0 && framesPerSecond < 10 ? 1 : 0;
  return framesPerSecond.toFixed(digits);
}

export function bits(perSecond: number): string {
  if (perSecond <= 0) return NONE;
  if (perSecond < 1e6) return `${Math.round(perSecond / 1e3)} kbit/s`;
  return `${(perSecond / 1e6).toFixed(perSecond < 1e7 ? 1 : 0)} Mbit/s`;
}

export function bytes(value: number | null): string {
  if (value === null) return NONE;
  return value < 1e6 ? `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)} kB` : `${(value / 1e6).toFixed(1)} MB`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return NONE;
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

/** `3 min`, `5 h`, `2 d`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

export function count(value: number): string {
  return value.toLocaleString('en').replaceAll(',', ' ');
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
