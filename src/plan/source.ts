import { TeecamError } from '../base/error.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Source, TestPattern } from '../profile/source.js';
import { planArgus, planBin, planLibcamera } from './board-source.js';
import { type Capabilities, requireElements } from './capabilities.js';
import {
  type ChosenFormat,
  captureCaps,
  chooseFormat,
  copiesOf,
  copyLacks,
  copyNeeds,
  deliveryOf,
  type OfferedFormat,
  refusal,
  type Wanted,
} from './capture-format.js';
import { decoderPropertiesFor } from './decoder.js';
import { type Delivery, rawDelivery } from './delivery.js';
import type { SourcePlan } from './graph.js';
import { GraphBuilder } from './graph-builder.js';
import { addParser } from './groups.js';
import { planHttp, planRtsp, type RtspTransport } from './network-source.js';
import { liveOutlet, livePlan } from './outlet.js';

/** A source of the profile after the machine was looked at: devices found, folders listed. */
export type ResolvedSource =
  | { kind: 'v4l2'; device: string }
  | { kind: 'test'; pattern: TestPattern | null }
  | { kind: 'file'; files: [string, ...string[]]; loops: number | null }
  | Extract<Source, { kind: 'rtsp' | 'http' | 'libcamera' | 'argus' | 'gst' }>;

export interface PlannedSource {
  plan: SourcePlan;
  /** What a stage for it has to be planned for. */
  delivery: Delivery;
  /** For people, where the source does not offer what was wanted. */
  note: string | null;
}

/**
 * Plans a source pipeline. `formats` is what a probe found, null without one:
 * then the source is asked for what is wanted, and refuses it by itself. `transport` is for RTSP.
 * Throws `missing-element`, and `refused` with details.coreCode
 * `format-refused` if nothing that the source offers can be used.
 */
export function planSource(
  source: ResolvedSource,
  wanted: Wanted,
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
  transport: RtspTransport = 'tcp',
): PlannedSource {
  const planned = planKind(source, wanted, formats, capabilities, transport);
  const copies = copiesOf(wanted);
  if (planned.delivery.media === 'raw' && copies.length > 0)
    throw refused(
      copyLacks(formats ?? [], capabilities) ?? `the source gives raw pictures; ${copyNeeds(copies)}`,
    );
  requireElements(planned.plan.graph, capabilities, `the source ${source.kind}`);
  return planned;
}

function planKind(
  source: ResolvedSource,
  wanted: Wanted,
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
  transport: RtspTransport,
): PlannedSource {
  switch (source.kind) {
    case 'v4l2':
      return planV4l2(source.device, wanted, formats, capabilities);
    case 'test':
      return planTest(source.pattern, wanted.capture, capabilities);
    case 'file':
      return planFiles(source, wanted, formats, capabilities);
    case 'rtsp': {
      const delivery = deliveryFrom(formats, wanted, capabilities);
      return { plan: planRtsp(source, delivery, transport), delivery, note: null };
    }
    case 'http': {
      const delivery = deliveryFrom(formats, wanted, capabilities);
      return { plan: planHttp(source, wanted.capture, delivery), delivery, note: null };
    }
    case 'libcamera':
      return raw(planLibcamera(source.id, wanted.capture));
    case 'argus':
      return raw(planArgus(source.sensor, wanted.capture));
    case 'gst':
      return raw(planBin(source.bin));
  }
}

function planV4l2(
  device: string,
  wanted: Wanted,
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
): PlannedSource {
  const { capture } = wanted;
  const choice = formats && chooseFormat(formats, wanted, capabilities);
  if (formats && !choice) throw refused(refusal(formats, wanted));
  const chosen = choice?.chosen ?? assumedFormat(wanted);
  const delivery = choice?.delivery ?? deliveryOf(chosen, capture);
  const builder = new GraphBuilder();
  // mmap: `auto` exports dmabufs and maps every frame anew, twice the load on a real driver.
  const camera = builder.add(null, 'camera', 'v4l2src', { device, 'io-mode': 'mmap' });
  const head = addParser(builder, builder.caps(camera, 'capture', captureCaps(chosen)), delivery.media);
  const plan = livePlan(builder, head, delivery.media);
  return { plan, delivery, note: choice?.note ?? null };
}

/** Of what has been encoded already, and can be decoded where it comes in. */
function deliveryFrom(
  formats: readonly OfferedFormat[] | null,
  wanted: Wanted,
  capabilities: Capabilities,
): Delivery {
  return (formats && chooseFormat(formats, wanted, capabilities)?.delivery) ?? rawDelivery;
}

function raw(plan: SourcePlan): PlannedSource {
  return { plan, delivery: rawDelivery, note: null };
}

function refused(message: string): TeecamError {
  return new TeecamError('refused', message, { details: { coreCode: 'format-refused' }, expose: true });
}

/** Without having asked the source. */
function assumedFormat({ capture, streams }: Wanted): ChosenFormat {
  const { format, width, height, framerate } = capture;
  const isJpeg = format === 'JPEG' || (format === null && copiesOf({ streams }).length > 0);
  const media = isJpeg ? 'image/jpeg' : format === 'H264' ? 'video/x-h264' : 'video/x-raw';
  return { media, format, width, height, framerate };
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
  return raw(livePlan(builder, head, 'raw'));
}

/** `formats` of what has been encoded as it can be delivered. */
function planFiles(
  { files, loops }: Extract<ResolvedSource, { kind: 'file' }>,
  wanted: Wanted,
  formats: readonly OfferedFormat[] | null,
  capabilities: Capabilities,
): PlannedSource {
  const delivery = deliveryFrom(formats, wanted, capabilities);
  const { media } = delivery;
  const builder = new GraphBuilder();
  const file = builder.add(null, 'file', 'filesrc', { location: files[0] });
  const decode = builder.add(file, 'decode', 'decodebin', decoderPropertiesFor(media));
  const frames = addParser(builder, decode, media);
  // Decoded ahead, so that a frame that takes longer is still in time.
  const ahead = builder.add(frames, 'ahead', 'queue', {
    'max-size-buffers': 3,
    'max-size-bytes': 0,
    'max-size-time': 0,
    silent: true,
  });
  const outlet = builder.add(ahead, 'outlet', 'appsink', { ...liveOutlet(media), sync: true });
  const playlist = { node: file, property: 'location', items: [...files], loops };
  const plan = { graph: builder.graph, media, outlet, playlist, foreignClock: false, certificate: null };
  return { plan, delivery, note: null };
}
