import { TeecamError } from '../base/error.js';
import { redact } from '../base/redact.js';

/** Where a value came from: a place in a file, what the API changed, an environment variable, or a `--set`. */
export type Origin =
  | { file: string; line: number; column: number }
  | { change: string }
  | { environment: string }
  | { option: string };

export type Path = readonly (string | number)[];

/** One thing that is wrong with a profile. */
export interface Fault {
  origin: Origin | null;
  path: Path;
  expected: string;
  found: string;
  /** What helps: the nearest known name, or the way out. */
  hint?: string;
}

/** What the checks say; the place is looked up afterwards. `key` puts the finger on the key, not on its value. */
export interface Finding extends Omit<Fault, 'origin'> {
  at: 'key' | 'value';
}

/** `file:line:column: path: expected …; found …; hint`. */
export function formatFault(fault: Fault): string {
  const place = [fault.origin && formatOrigin(fault.origin), fault.path.join('.')].filter(Boolean);
  return redact(`${place.join(': ')}: ${sentence(fault)}`);
}

/** Whether what the API changed has just been asked for: then it needs no place. */
export interface FaultAudience {
  asked: boolean;
}

/** For whoever asked for something: the path and the sentence, and the place where it is not what was asked for. */
export function faultView(
  { origin, ...fault }: Fault,
  { asked }: FaultAudience,
): { field: string; message: string } {
  const place = origin && !(asked && 'change' in origin) ? `${formatOrigin(origin)}: ` : '';
  return { field: fault.path.join('.'), message: redact(place + sentence(fault)) };
}

function sentence({ expected, found, hint }: Pick<Fault, 'expected' | 'found' | 'hint'>): string {
  return `expected ${expected}; found ${found}${hint ? `; ${hint}` : ''}`;
}

export function formatOrigin(origin: Origin): string {
  if ('change' in origin) return origin.change;
  if ('environment' in origin) return origin.environment;
  if ('option' in origin) return origin.option;
  return `${origin.file}:${origin.line}:${origin.column}`;
}

/** Code `bad-profile`, a line for each fault; `details.faults` has them as data. */
export function profileError(faults: readonly Fault[]): TeecamError {
  return new TeecamError('bad-profile', faults.map(formatFault).join('\n'), { details: { faults } });
}

/** The faults that an error of `profileError` has; none for any other. */
export function faultsOf(error: unknown): readonly Fault[] {
  if (!(error instanceof TeecamError) || error.code !== 'bad-profile') return [];
  const { faults } = error.details;
  return Array.isArray(faults) ? (faults as Fault[]) : [];
}

/** How a value is shown to the person who wrote it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

export function didYouMean(name: string | undefined): { hint?: string } {
  return name === undefined ? {} : { hint: `did you mean ${name}?` };
}
