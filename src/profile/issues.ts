import type { z } from 'zod';
import { isSecret } from './auth.js';
import { didYouMean, type Finding, type Path, show } from './fault.js';
import { choicesAt, keysAt, typeAt } from './json-schema.js';
import { isLaterChoice, isLaterKey } from './later.js';
import { nearest } from './nearest.js';
import { anyStreamSchema } from './schema.js';

type Issue = z.core.$ZodIssue;

/** The schema's complaints about a value, in our words. */
export function findingsOf(issues: readonly Issue[], value: unknown): Finding[] {
  return issues.flatMap((issue) => findingOf(issue, value));
}

function findingOf(issue: Issue, value: unknown): Finding[] {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  const found = isSecret(path) ? 'something else' : show(valueAt(value, path));
  const finding = (expected: string): Finding[] => [{ path, at: 'value', expected, found }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], value));
    case 'invalid_key': {
      const name = String(path.at(-1));
      return [{ path, at: 'key', expected: issue.issues[0]?.message ?? 'a name', found: show(name) }];
    }
    case 'invalid_value':
      return [unknownChoice(path, value, issue.values.map(String))];
    case 'invalid_union':
      return issue.discriminator
        ? [unknownChoice(path, value, choicesAt(path, value)), ...besidesCodec(path.slice(0, -1), value)]
        : (ofNearestVariant(issue, path, value) ?? finding(issue.message));
    case 'invalid_type':
      return finding(
        isDefault(issue) ? (words[typeAt(path, value) ?? issue.expected] ?? issue.expected) : issue.message,
      );
    case 'not_multiple_of':
      return finding(isDefault(issue) ? `a multiple of ${issue.divisor}` : issue.message);
    case 'too_small':
      return finding(`${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${unit(issue.origin)}`);
    case 'too_big':
      return finding(`${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${unit(issue.origin)}`);
    default:
      return finding(issue.message);
  }
}

/** Where one variant agrees with the value as a whole, its complaints about the parts; null: none does. */
function ofNearestVariant(
  { errors }: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  value: unknown,
): Finding[] | null {
  const nearest = errors.find((issues) =>
    issues.every((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
  return nearest?.flatMap((issue) => findingOf({ ...issue, path: [...path, ...issue.path] }, value)) ?? null;
}

/** The faults of a stream that do not depend on its codec, which it does not tell. */
function besidesCodec(path: Path, value: unknown): Finding[] {
  const stream = valueAt(value, path);
  const known = keysAt(path, value);
  const unknown = Object.keys(stream as object).filter((key) => !known.includes(key));
  const issues = anyStreamSchema.safeParse(stream).error?.issues ?? [];
  return [
    ...unknown.map((key) => unknownKey([...path, key], value)),
    ...issues.flatMap((issue) => findingOf({ ...issue, path: [...path, ...issue.path] }, value)),
  ];
}

/** Whether the sentence is the library's and not the schema's own. */
function isDefault(issue: Issue): boolean {
  return issue.message.startsWith('Invalid');
}

const words: Readonly<Record<string, string>> = {
  int: 'a whole number',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
};

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}

function unknownKey(path: Path, value: unknown): Finding {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const known = keysAt(parent, value);
  const expected = `one of the keys ${known.join(', ')}`;
  // A hash without quotes falls apart at its commas in `{ … }`.
  if (isSecret(path)) return { path: parent, at: 'value', expected, found: 'another one' };
  if (isLaterKey(parent.join('.'), key))
    return { path, at: 'key', expected, found: `${key}, which this version does not support yet` };
  const elsewhere = codecOf(parent, key);
  const hint = elsewhere ? { hint: `${key} belongs to codec ${elsewhere}` } : didYouMean(nearest(key, known));
  return { path, at: 'key', expected, found: show(key), ...hint };
}

/** The codec whose streams have this key. */
function codecOf(parent: Path, key: string): string | undefined {
  const [root, , streams] = parent;
  if (root !== 'cameras' || streams !== 'streams' || parent.length !== 4) return undefined;
  return ['h264', 'jpeg', 'raw'].find((codec) =>
    keysAt(parent, { cameras: { [`${parent[1]}`]: { streams: { [`${parent[3]}`]: { codec } } } } }).includes(
      key,
    ),
  );
}

function unknownChoice(path: Path, value: unknown, choices: readonly string[]): Finding {
  const expected = choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`;
  const found = valueAt(value, path);
  if (isLaterChoice(path.join('.'), found))
    return { path, at: 'value', expected, found: `${found}, which this version does not support yet` };
  const hint = typeof found === 'string' ? didYouMean(nearest(found, choices)) : {};
  return { path, at: 'value', expected, found: show(found), ...hint };
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const segment of path) here = (here as Record<string | number, unknown> | null | undefined)?.[segment];
  return here;
}
