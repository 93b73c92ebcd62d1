import { parseDocument } from 'yaml';
import { isSecret } from './auth.js';
import { didYouMean, type Fault, type Origin, type Path, show } from './fault.js';
import { keysAt } from './json-schema.js';
import { nearest } from './nearest.js';

/** What replaces parts of the file: the environment, then `--set`, which wins. */
export interface Overrides {
  environment?: Readonly<Record<string, string | undefined>>;
  /** Each `path=value`. */
  set?: readonly string[];
}

export interface Overridden {
  value: unknown;
  faults: Fault[];
  /** Where the value at this path was overridden, else undefined. */
  origin(path: Path): Origin | undefined;
}

interface Override {
  path: string[];
  value: unknown;
  origin: Origin;
}

/** `top`: the topmost key that the override brought; below it everything is its doing. */
interface Applied {
  top: readonly string[];
  origin: Origin;
}

const prefix = 'TEECAM_';

/** Lays the overrides over the file's value, which stays as it is. An empty value takes the key away. */
export function applyOverrides(value: unknown, overrides: Overrides): Overridden {
  const faults: Fault[] = [];
  const result = structuredClone(value ?? {});
  const applied: Applied[] = [];
  const all = [
    ...fromEnvironment(overrides.environment ?? {}, result, faults),
    ...fromOptions(overrides.set ?? [], faults),
  ];
  for (const override of all) {
    const outcome = put(result, override);
    if ('expected' in outcome) faults.push(outcome);
    else applied.push(outcome);
  }
  return {
    value: result,
    faults,
    origin: (path) => applied.findLast(({ top }) => covers(top, path))?.origin,
  };
}

function fromOptions(options: readonly string[], faults: Fault[]): Override[] {
  return options.flatMap((text) => {
    const equals = text.indexOf('=');
    const path = equals < 0 ? [] : text.slice(0, equals).split('.');
    const shown = isSecret(path) ? `${text.slice(0, equals)}=…` : text;
    const origin = { option: `--set ${shown}` };
    if (path.length === 0 || path.some((segment) => !/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(segment))) {
      faults.push({ origin, path: [], expected: 'path=value, as http.port=8081', found: show(text) });
      return [];
    }
    return parsed(path, text.slice(equals + 1), origin, faults);
  });
}

/**
 * TEECAM_HTTP__PORT is http.port. A variable without `__` counts only if it is
 * a key by itself: the program has others of its own.
 */
function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  value: unknown,
  faults: Fault[],
): Override[] {
  const overrides: Override[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix)) continue;
    const segments = variable.slice(prefix.length).split('__');
    const [first = ''] = segments;
    const topLevel = keysAt([], value);
    if (segments.length === 1 && !topLevel.some((key) => spelt(key) === first)) continue;
    const origin = { environment: variable };
    if (segments.some((segment) => !/^[A-Z0-9][A-Z0-9_]*$/.test(segment))) {
      const expected = 'TEECAM_ and the path in capitals with __ between its parts';
      faults.push({ origin, path: [], expected, found: variable });
      continue;
    }
    overrides.push(...parsed(namesOf(segments, value), text, origin, faults));
  }
  return overrides;
}

/**
 * The keys that the capitals stand for: those that the profile has or the
 * schema knows; else in small letters with `-`, as names of cameras and streams
 * have it, or with `_`, as those of controls do.
 */
function namesOf(segments: readonly string[], value: unknown): string[] {
  const path: string[] = [];
  let here = value;
  for (const segment of segments) {
    const known = [...(isRecord(here) ? Object.keys(here) : []), ...keysAt(path, value)];
    const name =
      path.at(-1) === 'controls' ? segment.toLowerCase() : segment.toLowerCase().replaceAll('_', '-');
    const key = known.find((one) => spelt(one) === segment) ?? name;
    path.push(key);
    here = isRecord(here) ? here[key] : undefined;
  }
  return path;
}

function spelt(key: string): string {
  return key.toUpperCase().replaceAll('-', '_');
}

function parsed(path: string[], text: string, origin: Origin, faults: Fault[]): Override[] {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (!error) return [{ path, value: document.toJS() ?? undefined, origin }];
  const found = isSecret(path) ? 'something else' : `${show(text)}: ${error.message}`;
  faults.push({ origin, path, expected: 'a YAML value', found });
  return [];
}

function put(root: unknown, { path, value, origin }: Override): Fault | Applied {
  let here = root;
  let top: readonly string[] = path;
  for (const [depth, segment] of path.entries()) {
    if (!isRecord(here)) {
      const parent = path.slice(0, depth);
      return {
        origin,
        path,
        expected: `${parent.join('.') || 'the profile'} to hold keys`,
        found: show(here),
      };
    }
    if (depth < path.length - 1) {
      const unknownCamera =
        segment !== 'cameras' && path[depth - 1] === 'cameras' && !Object.hasOwn(here, segment);
      if (unknownCamera && Object.keys(here).length > 0) return noSuchCamera(here, segment, path, origin);
      if (!Object.hasOwn(here, segment)) {
        here[segment] = {};
        if (top === path) top = path.slice(0, depth + 1);
      }
      here = here[segment];
    } else if (value === undefined) delete here[segment];
    else here[segment] = value;
  }
  return { top, origin };
}

/** An override may complete a camera, not begin one beside those of the file: nearly always a misspelt name. */
function noSuchCamera(cameras: Record<string, unknown>, name: string, path: Path, origin: Origin): Fault {
  const known = Object.keys(cameras);
  const expected = `a camera of the profile: ${known.join(', ')}`;
  return { origin, path, expected, found: show(name), ...didYouMean(nearest(name, known)) };
}

function covers(override: readonly string[], path: Path): boolean {
  return (
    override.length <= path.length && override.every((segment, index) => segment === String(path[index]))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
