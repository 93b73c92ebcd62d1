import { dirname } from 'node:path';
import { parseProfileText } from './document.js';
import { type Fault, type Finding, type Origin, type Path, profileError } from './fault.js';
import { findingsOf } from './issues.js';
import { applyOverrides, type Overrides } from './overrides.js';
import { completeProfile, type Profile } from './profile.js';
import { checkRules } from './rules.js';
import { profileSchema } from './schema.js';

export interface LoadedProfile {
  profile: Profile;
  /** Sentences about what is allowed and may surprise. */
  warnings: string[];
}

export interface ProfileInput extends Overrides {
  /** Absolute path, or a name for messages; relative paths in the text begin at its folder. */
  file: string;
  /** What messages call it, when that is not `file`. */
  label?: string;
  text: string;
  /** Relative paths in overrides begin here. */
  workingFolder: string;
}

/** Throws TeecamError `bad-profile` with every fault, each with its place. */
export function loadProfile(input: ProfileInput): LoadedProfile {
  const document = parseProfileText(input.label ?? input.file, input.text);
  const overridden = applyOverrides(document.value, input);
  return check(
    overridden.value,
    overridden.faults,
    (finding) => overridden.origin(finding.path) ?? document.origin(finding.path, finding.at),
    (path) => (overridden.origin(path) ? input.workingFolder : dirname(input.file)),
  );
}

/** A profile that a program made as a value, for embedding. Throws TeecamError `bad-profile`. */
export function profileFromValue(value: unknown, workingFolder: string): LoadedProfile {
  return check(
    value,
    [],
    () => null,
    () => workingFolder,
  );
}

function check(
  value: unknown,
  earlier: readonly Fault[],
  originOf: (finding: Finding) => Origin | null,
  folderOf: (path: Path) => string,
): LoadedProfile {
  const parsed = profileSchema.safeParse(value);
  const rules = checkRules(value, folderOf);
  const findings = [...findingsOf(parsed.error?.issues ?? [], value), ...rules.findings];
  const faults = [
    ...earlier,
    ...findings.map(({ at, ...rest }) => ({ ...rest, origin: originOf({ at, ...rest }) })),
  ];
  if (faults.length > 0 || !parsed.success) throw profileError(faults.sort(byPlace));
  const profile = completeProfile(parsed.data, rules.parts);
  return { profile, warnings: warningsOf(profile) };
}

/** `/STREAM` is short for the first camera's, unless a camera has that name. */
function warningsOf(profile: Profile): string[] {
  const [first] = Object.entries(profile.cameras);
  if (!first) return [];
  const [name, camera] = first;
  return Object.keys(camera.streams)
    .filter((stream) => Object.hasOwn(profile.cameras, stream))
    .map(
      (stream) =>
        `/${stream} is the camera ${stream}, so the stream ${stream} of camera ${name} has no short address; ` +
        `use /${name}/${stream}`,
    );
}

function byPlace(a: Fault, b: Fault): number {
  return lineOf(a) - lineOf(b);
}

function lineOf({ origin }: Fault): number {
  return origin && 'line' in origin ? origin.line * 10_000 + origin.column : Number.POSITIVE_INFINITY;
}
