/**
 * JSON Merge Patch (RFC 7396). npm's json-merge-patch 1.0 stops in silence at a
 * key `constructor`, which a camera may be called.
 */
import { isDeepStrictEqual } from 'node:util';

export type JsonGroup = Record<string, unknown>;

/** What a patch makes of a value; null takes a key away. Neither argument is changed. */
export function applyPatch(target: unknown, patch: unknown): unknown {
  if (!isGroup(patch)) return patch;
  const result = new Map(isGroup(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyPatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/** The patch that makes the one of the other, in which nothing is null; undefined when they are equal. */
export function patchBetween(before: unknown, after: unknown): unknown {
  if (!isGroup(before) || !isGroup(after)) return isDeepStrictEqual(before, after) ? undefined : after;
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const entries = Object.entries(after).map(([key, value]): [string, unknown] => [
    key,
    Object.hasOwn(before, key) ? patchBetween(before[key], value) : value,
  ]);
  const patch = [
    ...gone.map((key): [string, unknown] => [key, null]),
    ...entries.filter(([, value]) => value !== undefined),
  ];
  return patch.length > 0 ? Object.fromEntries(patch) : undefined;
}

/** The patch that puts a value at a place; null takes away what is there. */
export function patchAt(path: readonly string[], value: unknown): JsonGroup {
  const [first, ...rest] = path;
  if (first === undefined) return isGroup(value) ? value : {};
  return Object.fromEntries([[first, rest.length > 0 ? patchAt(rest, value) : value]]);
}

/** The paths of everything that a patch sets or takes away. */
export function pathsOf(patch: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (!isGroup(patch) || Object.keys(patch).length === 0) return [path];
  return Object.entries(patch).flatMap(([key, value]) => pathsOf(value, [...path, key]));
}

export function isGroup(value: unknown): value is JsonGroup {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
