import { type Finding, type Path, show } from './fault.js';
import { reservedNames } from './names.js';
import { suitingOutputs } from './outputs.js';
import type { ResolvedParts } from './profile.js';
import { parseMulticastRange, parsePortRange } from './rtsp-ranges.js';
import { httpSchema, rtspSchema, streamSchema, type WrittenStream } from './schema.js';
import { joinSources, parseSource, type Source, SourceFault } from './source.js';

/** Where relative paths of a camera's source begin. */
export type FolderOf = (path: Path) => string;

export interface RulesResult {
  findings: Finding[];
  /** Complete if there is no finding here, and none of the schema's. */
  parts: ResolvedParts;
}

/**
 * What the schema cannot say: rules between keys, and the texts that have a
 * grammar of their own. Takes the unchecked value and looks at every part of
 * it that is whole by itself, so that a person gets all faults at once.
 */
export function checkRules(value: unknown, folderOf: FolderOf): RulesResult {
  const findings: Finding[] = [];
  const profile = group(value);
  const http = httpSchema.safeParse(profile['http'] ?? {}).data;
  const rtsp = rtspSchema.safeParse(profile['rtsp'] ?? {}).data;
  const ports = new PortBook(findings);
  if (http) {
    checkHost(['http', 'host'], http.host, findings);
    ports.take(['http', 'port'], http.port);
  }
  if (rtsp) {
    checkHost(['rtsp', 'host'], rtsp.host, findings);
    ports.take(['rtsp', 'port'], rtsp.port);
  }
  const cameras = group(profile['cameras']);
  if (Object.keys(cameras).length === 0 && profile['cameras'] !== undefined)
    findings.push({ path: ['cameras'], at: 'key', expected: 'at least one camera', found: 'none' });
  const sources = new Map<string, Source>();
  for (const [name, camera] of Object.entries(cameras)) {
    const path = ['cameras', name];
    checkName(path, name, findings);
    const source = checkSource([...path, 'source'], group(camera)['source'], folderOf, findings);
    if (source) sources.set(name, source);
    checkStreams([...path, 'streams'], group(camera)['streams'], ports, findings);
  }
  return { findings, parts: { sources, ...checkRtsp(rtsp, findings) } };
}

function checkHost(path: Path, host: string, findings: Finding[]): void {
  const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host);
  if (loopback) return;
  const hint = 'other addresses are refused until users can be set up, which this version does not have yet';
  findings.push({
    path,
    at: 'value',
    expected: 'an address of this machine alone, 127.0.0.1 or ::1',
    found: show(host),
    hint,
  });
}

function checkRtsp(
  rtsp: ReturnType<typeof rtspSchema.parse> | undefined,
  findings: Finding[],
): Pick<ResolvedParts, 'udpPorts' | 'multicast'> {
  const udpPorts = rtsp ? parsePortRange(rtsp.udp.ports) : null;
  if (rtsp && !udpPorts) {
    const expected = 'the first and the last port, 1024 to 65535, as 8000-8100';
    findings.push({ path: ['rtsp', 'udp', 'ports'], at: 'value', expected, found: show(rtsp.udp.ports) });
  }
  const range = rtsp?.multicast?.range;
  const multicast = range === undefined ? null : parseMulticastRange(range);
  if (range !== undefined && !multicast) {
    const expected = 'multicast addresses, as 239.255.42.1-239.255.42.100';
    findings.push({ path: ['rtsp', 'multicast', 'range'], at: 'value', expected, found: show(range) });
  }
  return { udpPorts: udpPorts ?? [8000, 8100], multicast };
}

function checkName(path: Path, name: string, findings: Finding[]): void {
  if (!reservedNames.has(name)) return;
  const expected = `a name that no address needs (these do: ${[...reservedNames].join(', ')})`;
  findings.push({ path, at: 'key', expected, found: show(name) });
}

function checkSource(path: Path, value: unknown, folderOf: FolderOf, findings: Finding[]): Source | null {
  const texts = Array.isArray(value) ? value : [value];
  if (!texts.every((text) => typeof text === 'string')) return null; // the schema says so
  const sources: Source[] = [];
  for (const [index, text] of texts.entries()) {
    const here = Array.isArray(value) ? [...path, index] : path;
    const source = attempt(() => parseSource(text, folderOf(here)), here, findings);
    if (source) sources.push(source);
  }
  if (sources.length < texts.length || sources.length === 0) return null;
  return attempt(() => joinSources(sources), path, findings);
}

function attempt(parse: () => Source, path: Path, findings: Finding[]): Source | null {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    const hint = error.nearest === undefined ? {} : { hint: `did you mean ${error.nearest}?` };
    findings.push({ path, at: 'value', expected: error.expected, found: error.found, ...hint });
    return null;
  }
}

function checkStreams(path: Path, value: unknown, ports: PortBook, findings: Finding[]): void {
  const streams = group(value);
  if (Object.keys(streams).length === 0 && value !== undefined)
    findings.push({ path, at: 'key', expected: 'at least one stream', found: 'none' });
  for (const [name, written] of Object.entries(streams)) {
    const here = [...path, name];
    checkName(here, name, findings);
    const stream = streamSchema.safeParse(written).data;
    if (!stream) continue;
    checkEvenSize(here, stream, findings);
    if (stream.codec === 'jpeg' && stream.port !== undefined) ports.take([...here, 'port'], stream.port);
    checkOutputs(here, stream, findings);
  }
}

/** Which directions are sampled at half resolution; H.264 is in the schema. */
const halved: Readonly<Record<string, readonly ('width' | 'height')[]>> = {
  NV12: ['width', 'height'],
  I420: ['width', 'height'],
  YUY2: ['width'],
};

function checkEvenSize(path: Path, stream: WrittenStream, findings: Finding[]): void {
  if (stream.codec !== 'raw') return;
  for (const key of halved[stream.format] ?? []) {
    if (stream[key] % 2 === 0) continue;
    const expected = `an even number, since ${stream.format} needs one`;
    findings.push({ path: [...path, key], at: 'value', expected, found: show(stream[key]) });
  }
}

function checkOutputs(path: Path, stream: WrittenStream, findings: Finding[]): void {
  for (const [index, output] of (stream.outputs ?? []).entries()) {
    if (suitingOutputs[stream.codec].includes(output)) continue;
    const expected = `a way out that suits codec ${stream.codec}: ${suitingOutputs[stream.codec].join(', ')}`;
    findings.push({ path: [...path, 'outputs', index], at: 'value', expected, found: output });
  }
}

/** TCP ports that are given away; 0, any free one, as often as one likes. */
class PortBook {
  readonly #owners = new Map<number, string>();

  constructor(readonly findings: Finding[]) {}

  take(path: Path, port: number): void {
    const owner = this.#owners.get(port);
    if (owner !== undefined) {
      const found = `${port}, which ${owner} has`;
      this.findings.push({ path, at: 'value', expected: 'a port of its own', found });
    } else if (port !== 0) this.#owners.set(port, path.join('.'));
  }
}

function group(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
