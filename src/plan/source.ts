import { TeecamError } from '../base/error.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Source, TestPattern } from '../profile/source.js';
import { planArgus, planBin, planLibcamera } from './board-source.js';
import { type Capabilities, requireElements } from './capabilities.js';
import { captureCaps, chooseFormat, type OfferedFormat, sides } from './capture-format.js';
import { decoderProperties } from './decoder.js';
import type { SourcePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { planHttp, planRtsp } from './network-source.js';
import { liveOutletProperties } from './outlet.js';

/** A source of the profile after the machine was looked at: devices found, folders listed. */
export type ResolvedSource =
  | { kind: 'v4l2'; device: string }
  | { kind: 'test'; pattern: TestPattern | null }
  | { kind: 'file'; files: [string, ...string[]]; loops: number | null }
  | Extract<Source, { kind: 'rtsp' | 'http' | 'libcamera' | 'argus' | 'gst' }>;

export interface PlannedSource {
  plan: SourcePlan;
  /** For people, where the source does not offer what was wanted. */
  note: string | null;
}

/**
 * Plans a source pipeline. `formats` is what a probe found, null without one:
 * then the source is asked for what is wanted, and refuses it by itself.
 * Throws `missing-element`, and `refused` with details.coreCode
 * `format-refused` if nothing that the source offers can be used.
 */
export function planSource(
  source: ResolvedSource,
  capture: CameraProfile['capture'],
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
): PlannedSource {
  const planned = planKind(source, capture, formats, capabilities);
  requireElements(planned.plan.graph, capabilities, `the source ${source.kind}`);
  return planned;
}

function planKind(
  source: ResolvedSource,
  capture: CameraProfile['capture'],
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
): PlannedSource {
  switch (source.kind) {
    case 'v4l2':
      return planV4l2(source.device, capture, formats);
    case 'test':
      return planTest(source.pattern, capture, capabilities);
    case 'file':
      return planFiles(source.files, source.loops);
    case 'rtsp':
      return { plan: planRtsp(source), note: null };
    case 'http':
      return { plan: planHttp(source, capture), note: null };
    case 'libcamera':
      return { plan: planLibcamera(source.id, capture), note: null };
    case 'argus':
      return { plan: planArgus(source.sensor, capture), note: null };
    case 'gst':
      return { plan: planBin(source.bin), note: null };
  }
}

function planV4l2(
  device: string,
  capture: CameraProfile['capture'],
  formats: readonly OfferedFormat[] | null,
): PlannedSource {
  const { width, height, framerate } = capture;
  const choice = formats && chooseFormat(formats, capture);
  if (formats && !choice) {
    const coreCode = 'format-refused';
    throw new TeecamError('refused', sides(formats, capture), { details: { coreCode }, expose: true });
  }
  const media = capture.format === 'JPEG' ? 'image/jpeg' : 'video/x-raw';
  const chosen = choice?.chosen ?? { media, format: capture.format, width, height, framerate };
  const builder = new GraphBuilder();
  // mmap: `auto` exports dmabufs and maps every frame anew, twice the load on a real driver.
  const camera = builder.add(null, 'camera', 'v4l2src', { device, 'io-mode': 'mmap' });
  let head = builder.caps(camera, 'capture', captureCaps(chosen));
  if (chosen.media === 'image/jpeg') head = builder.add(head, 'decode', 'jpegdec');
  const outlet = builder.add(head, 'outlet', 'appsink', liveOutletProperties);
  return {
    plan: { graph: builder.graph, outlet, playlist: null, foreignClock: false },
    note: choice?.note ?? null,
  };
}

/** Something that moves in every frame, and tells the time where GStreamer can write text. */
function planTest(
  pattern: TestPattern | null,
  { width, height, framerate }: CameraProfile['capture'],
  capabilities: Capabilities,
): PlannedSource {
  const builder = new GraphBuilder();
  const camera = builder.add(null, 'camera', 'videotestsrc', {
    'is-live': true,
    pattern: pattern ?? 'smpte',
    // Left by a 240th of the width each frame; it stays even, for 4:2:0 colours.
    'horizontal-speed': pattern === null ? Math.max(2, Math.round(width / 480) * 2) : 0,
    'animation-mode': 'running-time',
  });
  const caps = { media: 'video/x-raw', format: 'I420', width, height, framerate } as const;
  let head = builder.caps(camera, 'capture', captureCaps(caps));
  if (capabilities.elements['timeoverlay'] === true)
    head = builder.add(head, 'time', 'timeoverlay', {
      'time-mode': 'running-time',
      halignment: 'center',
      valignment: 'center',
      'shaded-background': true,
    });
  const outlet = builder.add(head, 'outlet', 'appsink', liveOutletProperties);
  return { plan: { graph: builder.graph, outlet, playlist: null, foreignClock: false }, note: null };
}

function planFiles(files: readonly string[], loops: number | null): PlannedSource {
  const builder = new GraphBuilder();
  const [first = ''] = files;
  const file = builder.add(null, 'file', 'filesrc', { location: first });
  const decode = builder.add(file, 'decode', 'decodebin', decoderProperties);
  // Decoded ahead, so that a frame that takes longer is still in time.
  const ahead = builder.add(decode, 'ahead', 'queue', {
    'max-size-buffers': 3,
    'max-size-bytes': 0,
    'max-size-time': 0,
    silent: true,
  });
  const outlet = builder.add(ahead, 'outlet', 'appsink', { ...liveOutletProperties, sync: true });
  const playlist = { node: file, property: 'location', items: [...files], loops };
  return { plan: { graph: builder.graph, outlet, playlist, foreignClock: false }, note: null };
}
