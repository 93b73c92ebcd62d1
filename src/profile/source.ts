import { isAbsolute, resolve } from 'node:path';
import { type Address, parseAddress } from './address.js';
import { nearest } from './nearest.js';
import { SourceFault } from './source-fault.js';

/** A camera of the network. */
export type NetworkSource = Address & { kind: 'rtsp' | 'http'; text: string };

/** Where a camera's frames come from. `text` is what the profile says; it may hold credentials (base/redact). */
export type Source =
  | { kind: 'auto'; text: string }
  | V4l2Source
  | { kind: 'test'; text: string; pattern: TestPattern | null }
  /** Files, or folders of files, played in turn; `loops` null: for ever. */
  | { kind: 'file'; text: string; paths: [string, ...string[]]; loops: number | null }
  | NetworkSource
  /** By libcamera's own name; null: the first one. */
  | { kind: 'libcamera'; text: string; id: string | null }
  /** A Jetson's CSI camera, by its number. */
  | { kind: 'argus'; text: string; sensor: number }
  /** Elements of GStreamer in the words of gst-launch, the last of which gives pictures. */
  | { kind: 'gst'; text: string; bin: string };

/** By the path of its node or of a link to it, by its serial number, or by where it is plugged in: one of them. */
export interface V4l2Source {
  kind: 'v4l2';
  text: string;
  device: string | null;
  serial: string | null;
  /** In its driver's words, as `usb-0000:00:14.0-2`. */
  bus: string | null;
}

/** videotestsrc's. */
export const testPatterns = [
  'smpte',
  'smpte75',
  'smpte100',
  'bar',
  'ball',
  'pinwheel',
  'spokes',
  'circular',
  'checkers-8',
  'zone-plate',
  'gradient',
  'colors',
  'blink',
  'snow',
  'black',
  'white',
  'red',
  'green',
  'blue',
] as const;
export type TestPattern = (typeof testPatterns)[number];

const kinds = ['auto', 'v4l2', 'test', 'file', 'rtsp', 'rtsps', 'http', 'https', 'libcamera', 'argus', 'gst'];

/** Relative paths are relative to `folder`. Throws SourceFault. */
export function parseSource(text: string, folder: string): Source {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  switch (kind) {
    case 'auto':
      if (colon >= 0) throw new SourceFault('auto without anything behind it', quote(text));
      return { kind, text };
    case 'test':
      return { kind, text, pattern: parsePattern(rest) };
    case 'v4l2':
      return parseV4l2(text, rest);
    case 'file':
      return parseFile(text, rest, folder);
    case 'rtsp':
    case 'rtsps':
      return { kind: 'rtsp', text, ...parseAddress(text, 'rtsp://USER:PASSWORD@HOST:554/PATH') };
    case 'http':
    case 'https':
      return { kind: 'http', text, ...parseAddress(text, 'http://USER:PASSWORD@HOST/PATH') };
    case 'libcamera':
      if (colon >= 0 && rest === '') throw new SourceFault("a camera's name behind libcamera:", 'nothing');
      return { kind, text, id: colon < 0 ? null : rest };
    case 'argus':
      if (colon >= 0 && !/^\d{1,2}$/.test(rest))
        throw new SourceFault('the number of a sensor behind argus:', rest === '' ? 'nothing' : quote(rest));
      return { kind, text, sensor: Number(rest) };
    case 'gst':
      if (rest.trim() === '')
        throw new SourceFault('elements behind gst:, as gst-launch has them', 'nothing');
      return { kind, text, bin: rest.trim() };
    default:
      throw new SourceFault(
        'auto, v4l2:PATH, v4l2:serial=…, v4l2:bus=…, test, file:PATH, rtsp://…, http://…, libcamera, argus or gst:…',
        quote(text),
        nearest(kind, kinds),
      );
  }
}

function parsePattern(rest: string): TestPattern | null {
  if (rest === '') return null;
  const known = testPatterns.find((pattern) => pattern === rest);
  if (known) return known;
  throw new SourceFault(
    `a test pattern: ${testPatterns.join(', ')}`,
    quote(rest),
    nearest(rest, testPatterns),
  );
}

function parseV4l2(text: string, rest: string): V4l2Source {
  const nowhere = { kind: 'v4l2', text, device: null, serial: null, bus: null } as const;
  if (isAbsolute(rest)) return { ...nowhere, device: rest };
  const [, key, value] = /^(serial|bus)=(.*)$/s.exec(rest) ?? [];
  if (value === undefined)
    throw new SourceFault(
      'the path of a device such as v4l2:/dev/video0, v4l2:serial=… or v4l2:bus=…',
      quote(text),
    );
  if (value === '')
    throw new SourceFault(
      key === 'serial' ? 'a serial number behind v4l2:serial=' : 'where it is plugged in behind v4l2:bus=',
      'nothing',
    );
  return key === 'serial' ? { ...nowhere, serial: value } : { ...nowhere, bus: value };
}

function parseFile(text: string, rest: string, folder: string): Source {
  const query = /\?loop=([^?]*)$/.exec(rest);
  const loops = query?.[1] === undefined ? null : Number(query[1]);
  if (loops !== null && !(Number.isInteger(loops) && loops > 0))
    throw new SourceFault(
      'how often to play, a whole number above 0, behind ?loop=',
      quote(query?.[1] ?? ''),
    );
  const path = (query ? rest.slice(0, query.index) : rest).replace(/^\/\/(?=\/)/, '');
  if (path === '') throw new SourceFault('a path behind file:', 'nothing');
  return { kind: 'file', text, paths: [resolve(folder, path)], loops };
}

/** A list of files is one source that plays them in turn. Throws SourceFault. */
export function joinSources(sources: readonly Source[]): Source {
  const [first, ...others] = sources;
  if (!first) throw new SourceFault('a source', 'an empty list');
  if (others.length === 0) return first;
  const files = sources.filter((source) => source.kind === 'file');
  const [firstFile, ...more] = files;
  if (!firstFile || files.length < sources.length)
    throw new SourceFault(
      'one source, or a list of files',
      'a list of several kinds; taking over from one another is not supported yet',
    );
  const [loops = null, ...otherLoops] = new Set(files.map((file) => file.loops).filter((n) => n !== null));
  if (otherLoops.length > 0) throw new SourceFault('the same ?loop= for every file of the list', 'several');
  return {
    kind: 'file',
    text: files.map((file) => file.text).join(', '),
    paths: [...firstFile.paths, ...more.flatMap((file) => file.paths)],
    loops,
  };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
