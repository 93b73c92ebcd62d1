import { dirname } from 'node:path';
import { parseProfileText } from './document.js';
import { type Fault, type Finding, formatOrigin, type Origin, type Path, profileError } from './fault.js';
import { isLoopback } from './hosts.js';
import { findingsOf } from './issues.js';
import { applyPatch, isGroup, type JsonGroup } from './merge-patch.js';
import { applyOverrides, type Overrides } from './overrides.js';
import { completeProfile, type Profile } from './profile.js';
import { checkRules, type Origins } from './rules.js';
import { profileSchema } from './schema.js';

export interface LoadedProfile {
  profile: Profile;
  /** Sentences about what is allowed and may surprise. */
  warnings: string[];
  layers: ProfileLayers;
}

/** What a profile was put together from, each as it is written. */
export interface ProfileLayers {
  /** The administrator's file, or the value that a program gave. */
  base: unknown;
  /** With what the API changed. */
  changed: unknown;
  /** With the overrides too: what `profile` was made of. */
  effective: unknown;
  /** The override that has the last word on this key; null: none. */
  overriddenBy(path: Path): string | null;
}

export interface LoadOptions {
  /** Replaces `http.host` and `rtsp.host`, whatever the profile says; the caller sees to it who may come in. */
  host?: string | undefined;
}

export interface ProfileInput extends Overrides, LoadOptions {
  /** What the API changed: a JSON merge patch against the text's value. */
  changes?: JsonGroup | null;
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
  const changed = withChanges(document.value, input.changes);
  const overridden = applyOverrides(changed.value, input);
  const checked = check(
    overridden.value,
    overridden.faults,
    ({ path, at }) => overridden.origin(path) ?? changed.origin(path) ?? document.origin(path, at),
    {
      folderOf: (path) => (overridden.origin(path) ? input.workingFolder : dirname(input.file)),
      byAdministrator: (path) => !overridden.origin(path) && !changed.origin(path),
    },
    input.host,
  );
  const layers: ProfileLayers = {
    base: document.value,
    changed: changed.value,
    effective: overridden.value,
    overriddenBy: (path) => {
      const origin = overridden.origin(path);
      return origin ? formatOrigin(origin) : null;
    },
  };
  return { ...checked, layers };
}

/** A profile that a program made as a value, for embedding. Throws TeecamError `bad-profile`. */
export function profileFromValue(
  value: unknown,
  workingFolder: string,
  changes?: JsonGroup | null,
  options: LoadOptions = {},
): LoadedProfile {
  const changed = withChanges(value, changes);
  const checked = check(
    changed.value,
    [],
    ({ path }) => changed.origin(path) ?? null,
    { folderOf: () => workingFolder, byAdministrator: (path) => !changed.origin(path) },
    options.host,
  );
  const layers: ProfileLayers = {
    base: value,
    changed: changed.value,
    effective: changed.value,
    overriddenBy: () => null,
  };
  return { ...checked, layers };
}

interface Changed {
  value: unknown;
  /** If the API's change is what this key has its value from. */
  origin(path: Path): Origin | undefined;
}

function withChanges(base: unknown, changes: JsonGroup | null | undefined): Changed {
  if (!changes) return { value: base, origin: () => undefined };
  const origin = { change: 'changed by the API' };
  const changed = (path: Path) => {
    const known = depthIn(changes, path);
    return known.atLeaf || known.depth > depthIn(base, path).depth;
  };
  return {
    value: applyPatch(base, changes),
    origin: (path) => (changed(path) ? origin : undefined),
  };
}

/** How far a path leads into a value, and whether it ends at something that holds no keys. */
function depthIn(value: unknown, path: Path): { depth: number; atLeaf: boolean } {
  let here = value;
  let depth = 0;
  for (const segment of path) {
    if (!isGroup(here) || !Object.hasOwn(here, segment)) break;
    here = here[segment];
    depth += 1;
  }
  return { depth, atLeaf: depth > 0 && !isGroup(here) };
}

function check(
  written: unknown,
  earlier: readonly Fault[],
  originOf: (finding: Finding) => Origin | null,
  origins: Origins,
  host: string | undefined,
): Omit<LoadedProfile, 'layers'> {
  const value = host === undefined ? written : withHost(written, host);
  const parsed = profileSchema.safeParse(value);
  const rules = checkRules(value, origins, { authLater: host !== undefined });
  const findings = [...findingsOf(parsed.error?.issues ?? [], value), ...rules.findings];
  const faults = [
    ...earlier,
    ...findings.map(({ at, ...rest }) => ({ ...rest, origin: originOf({ at, ...rest }) })),
  ];
  if (faults.length > 0 || !parsed.success) throw profileError(faults.sort(byPlace));
  const profile = completeProfile(parsed.data, rules.parts);
  return { profile, warnings: warningsOf(profile) };
}

/** What is no group of keys stays as it is, and is a fault. */
function withHost(value: unknown, host: string): unknown {
  if (!isGroup(value)) return value;
  const at = (group: unknown) => (group === undefined || isGroup(group) ? { ...group, host } : group);
  return { ...value, http: at(value['http']), rtsp: at(value['rtsp']) };
}

function warningsOf(profile: Profile): string[] {
  return [...openness(profile), ...hiddenStreams(profile), ...sleepless(profile), ...uncontrolled(profile)];
}

function openness({ auth, http, rtsp }: Profile): string[] {
  const open = [http.host, rtsp.host].filter((host) => !isLoopback(host));
  if (auth !== 'none' || open.length === 0) return [];
  return [`auth is none: whoever reaches ${[...new Set(open)].join(' or ')} sees and controls the cameras`];
}

/** `/STREAM` is short for the first camera's, unless a camera has that name. */
function hiddenStreams(profile: Profile): string[] {
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

function sleepless({ cameras }: Profile): string[] {
  return Object.entries(cameras).flatMap(([name, { sleepAfterMs, streams }]) => {
    const always = Object.keys(streams).filter((stream) => streams[stream]?.always);
    if (sleepAfterMs === null || always.length === 0) return [];
    return `camera ${name} never sleeps, whatever onDemand says: ${always.join(', ')} has \`always: true\``;
  });
}

function uncontrolled({ cameras }: Profile): string[] {
  return Object.entries(cameras).flatMap(([name, { controls, source }]) => {
    const hasSome = source.some(({ kind }) => kind === 'auto' || kind === 'v4l2');
    if (hasSome || Object.keys(controls).length === 0) return [];
    return `camera ${name} has no controls to set: only auto and v4l2: have some, and its source is ${source[0].kind}`;
  });
}

function byPlace(a: Fault, b: Fault): number {
  return lineOf(a) - lineOf(b);
}

function lineOf({ origin }: Fault): number {
  return origin && 'line' in origin ? origin.line * 10_000 + origin.column : Number.POSITIVE_INFINITY;
}
