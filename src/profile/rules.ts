import { resolve } from 'node:path';
import { z } from 'zod';
import { type Finding, type Path, show } from './fault.js';
import { isLoopback } from './hosts.js';
import { reservedNames } from './names.js';
import { suitingOutputs } from './outputs.js';
import type { ResolvedParts } from './profile.js';
import { parseMulticastRange, parsePortRange } from './rtsp-ranges.js';
import { httpSchema, rtspSchema, streamSchema, type WrittenStream } from './schema.js';
import { joinSources, parseSource, type Source } from './source.js';
import { SourceFault } from './source-fault.js';

/** How a value is judged by where it was written. */
export interface Origins {
  /** Where relative paths of a camera's source and image begin. */
  folderOf(path: Path): string;
  /** Whether the administrator's own profile has it, and nothing that was laid over that. */
  byAdministrator(path: Path): boolean;
}

export interface RulesResult {
  findings: Finding[];
  /** Complete if there is no finding here, and none of the schema's. */
  parts: ResolvedParts;
}

/**
 * What the schema cannot say: rules between keys, and the texts that have a
 * grammar of their own. Takes the unchecked value and looks at every part of
 * it that is whole by itself, so that a person gets all faults at once.
 * `authLater`: who may come in is settled by whoever asks.
 */
export function checkRules(value: unknown, origins: Origins, { authLater = false } = {}): RulesResult {
  const findings: Finding[] = [];
  const profile = group(value);
  const http = soundParts(httpSchema.shape, profile['http']);
  const rtsp = soundParts(rtspSchema.shape, profile['rtsp']);
  const ports = new Book<number>('a port of its own', findings);
  const sockets = new Book<string>('a path of its own', findings);
  for (const [key, { host, port }] of Object.entries({ http, rtsp })) {
    const open = host !== undefined && !isLoopback(host) && !authLater && (profile['auth'] ?? null) === null;
    if (open) findings.push(openHost([key, 'host'], host));
    if (port !== undefined) takePort(ports, [key, 'port'], port);
  }
  const cameras = group(profile['cameras']);
  if (isEmptyGroup(profile['cameras']))
    findings.push({ path: ['cameras'], at: 'key', expected: 'at least one camera', found: 'none' });
  const allowGst = checkAllowGst(profile['allowGst'], origins, findings);
  const sources = new Map<string, Source>();
  const images = new Map<string, string>();
  for (const [name, camera] of Object.entries(cameras)) {
    const path = ['cameras', name];
    checkName(path, name, findings);
    const at = [...path, 'source'];
    const source = checkSource(at, group(camera)['source'], origins, findings);
    if (source?.kind === 'gst') checkGst(at, { allowGst, origins }, findings);
    if (source) sources.set(name, source);
    const image = checkSlate([...path, 'slate'], group(camera)['slate'], origins, findings);
    if (image !== null) images.set(name, image);
    checkStreams([...path, 'streams'], group(camera)['streams'], { ports, sockets }, findings);
    if (source?.kind === 'test') checkCopies([...path, 'streams'], group(camera)['streams'], findings);
  }
  return { findings, parts: { sources, images, ...checkRtsp(rtsp, findings) } };
}

/** Nobody's camera is opened to a network by a line that looks like a detail. */
function openHost(path: Path, host: string): Finding {
  const hint =
    'for other addresses, say who may come in: `teecam password NAME` prints an auth: to put into the profile; ' +
    'or write "auth: none" to let in everybody who reaches this machine';
  const expected = 'an address of this machine alone, 127.0.0.1 or ::1';
  return { path, at: 'value', expected, found: show(host), hint };
}

function checkRtsp(
  { udp, multicast: written }: SoundParts<typeof rtspSchema.shape>,
  findings: Finding[],
): Pick<ResolvedParts, 'udpPorts' | 'multicast'> {
  const udpPorts = udp ? parsePortRange(udp.ports) : null;
  if (udp && !udpPorts) {
    const expected = 'the first and the last port, 1024 to 65535, as 8000-8100';
    findings.push({ path: ['rtsp', 'udp', 'ports'], at: 'value', expected, found: show(udp.ports) });
  }
  const range = written?.range;
  const multicast = range === undefined ? null : parseMulticastRange(range);
  if (range !== undefined && !multicast) {
    const expected = 'multicast addresses, as 239.255.42.1-239.255.42.100';
    findings.push({ path: ['rtsp', 'multicast', 'range'], at: 'value', expected, found: show(range) });
  }
  return { udpPorts: udpPorts ?? [8000, 8100], multicast };
}

function checkName(path: Path, name: string, findings: Finding[]): void {
  // The schema's library leaves this one out, and would not say so.
  if (name === '__proto__') findings.push({ path, at: 'key', expected: 'a name', found: show(name) });
  // Every object of JavaScript has one, so that a lookup by this name would find what nobody wrote.
  if (name === 'constructor') findings.push({ path, at: 'key', expected: 'another name', found: show(name) });
  if (!reservedNames.has(name)) return;
  const expected = `a name that no address needs (these do: ${[...reservedNames].join(', ')})`;
  findings.push({ path, at: 'key', expected, found: show(name) });
}

/** Elements may write files and open sockets: whoever may change a camera may not run them. */
function checkAllowGst(value: unknown, { byAdministrator }: Origins, findings: Finding[]): boolean {
  if (value === true && !byAdministrator(['allowGst'])) {
    const expected = 'this key in the profile itself, and nowhere else';
    findings.push({ path: ['allowGst'], at: 'key', expected, found: show(value) });
  }
  return value === true;
}

function checkGst(
  path: Path,
  { allowGst, origins }: { allowGst: boolean; origins: Origins },
  findings: Finding[],
): void {
  const found = 'gst:';
  if (!origins.byAdministrator(path))
    findings.push({
      path,
      at: 'value',
      expected: 'another source: gst: stands in the profile itself alone',
      found,
    });
  else if (!allowGst)
    findings.push({
      path,
      at: 'value',
      expected: 'another source, or "allowGst: true" at the top of the profile',
      found,
    });
}

function checkSource(path: Path, value: unknown, { folderOf }: Origins, findings: Finding[]): Source | null {
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

/** The absolute path of its image. */
function checkSlate(path: Path, value: unknown, { folderOf }: Origins, findings: Finding[]): string | null {
  const { mode, image } = group(value);
  const here = [...path, 'image'];
  if (typeof image === 'string') return resolve(folderOf(here), image);
  if (mode === 'image' && image === undefined) {
    const expected = 'an image beside it: the path of a picture';
    findings.push({ path: [...path, 'mode'], at: 'value', expected, found: 'none' });
  }
  return null;
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

interface Books {
  ports: Book<number>;
  sockets: Book<string>;
}

function checkStreams(path: Path, value: unknown, { ports, sockets }: Books, findings: Finding[]): void {
  const streams = group(value);
  if (isEmptyGroup(value)) findings.push({ path, at: 'key', expected: 'at least one stream', found: 'none' });
  for (const [name, written] of Object.entries(streams)) {
    const here = [...path, name];
    checkName(here, name, findings);
    const stream = streamSchema.safeParse(written).data;
    if (!stream) continue;
    checkEvenSize(here, stream, findings);
    if (stream.codec === 'jpeg' && stream.port !== undefined) takePort(ports, [...here, 'port'], stream.port);
    checkOutputs(here, stream, findings);
    checkShmsink(here, stream, sockets, findings);
  }
}

/** The test picture is raw, and nothing of it is there to be copied. */
function checkCopies(path: Path, value: unknown, findings: Finding[]): void {
  for (const [name, stream] of Object.entries(group(value))) {
    if (group(stream)['codec'] !== 'copy') continue;
    const expected = 'another codec, since the source test gives raw pictures';
    findings.push({ path: [...path, name, 'codec'], at: 'value', expected, found: 'copy' });
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

/** What the kernel keeps of a socket's path, but for the NUL at its end. */
const longestSocketBytes = 107;

function checkShmsink(path: Path, stream: WrittenStream, sockets: Book<string>, findings: Finding[]): void {
  const { shmsink, outputs } = stream;
  if (shmsink === undefined) return;
  const here = [...path, 'shmsink'];
  const fits = Buffer.byteLength(shmsink) <= longestSocketBytes && !shmsink.includes('\0');
  if (!shmsink.startsWith('/') || !fits) {
    const expected = `a path from the root on, ${longestSocketBytes} bytes at most, without NUL`;
    findings.push({ path: here, at: 'value', expected, found: show(shmsink) });
  }
  if (!outputs?.includes('shmsink'))
    findings.push({ path: here, at: 'key', expected: 'shmsink among `outputs`', found: 'none there' });
  sockets.take(here, shmsink);
}

/** 0, any free one, as often as one likes. */
function takePort(ports: Book<number>, path: Path, port: number): void {
  if (port !== 0) ports.take(path, port);
}

/** Things that only one can have, and who has them. */
class Book<Thing extends string | number> {
  readonly #owners = new Map<Thing, string>();

  constructor(
    readonly expected: string,
    readonly findings: Finding[],
  ) {}

  take(path: Path, thing: Thing): void {
    const owner = this.#owners.get(thing);
    if (owner === undefined) {
      this.#owners.set(thing, path.join('.'));
      return;
    }
    const found = `${thing}, which ${owner} has`;
    this.findings.push({ path, at: 'value', expected: this.expected, found });
  }
}

type SoundParts<Shape extends z.ZodRawShape> = { [Key in keyof Shape]?: z.output<Shape[Key]> };

/** Those keys of a group that are right by themselves, whatever its others are. */
function soundParts<Shape extends z.ZodRawShape>(shape: Shape, value: unknown): SoundParts<Shape> {
  if (value !== undefined && !isGroup(value)) return {};
  const parts = Object.entries(shape).map(([key, schema]) => {
    const { data } = z.safeParse(schema, group(value)[key]);
    return [key, data];
  });
  return Object.fromEntries(parts) as SoundParts<Shape>;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyGroup(value: unknown): boolean {
  return isGroup(value) && Object.keys(value).length === 0;
}

function group(value: unknown): Record<string, unknown> {
  return isGroup(value) ? value : {};
}
