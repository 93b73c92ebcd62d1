import { TeecamError } from '../base/error.js';
import type { H264Stream } from '../profile/profile.js';
import type { H264EncoderName } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import { type Capabilities, missingElements } from './capabilities.js';
import type { GraphNode, KeyFrameBy } from './graph.js';
import { h264Level } from './h264-level.js';

/** x264's own word for it; 0 would be ten seconds. */
const endless = 2 ** 30;
/** As long as a profile's `gop` can be: an encoder asked for key frames in time makes none by itself. */
const rarely = 10_000;
/** The longest that VA-API's encoders take. A longer `gop` has key frames in between. */
const vaLongest = 1024;

/** What an encoder is set by. */
export type EncodedStream = Pick<H264Stream, 'width' | 'height' | 'framerate' | 'bitrateBps' | 'h264Profile'>;

export interface Encoder {
  element: H264EncoderName;
  /** Taken by itself only where it has been tried and works: that its element or its device exists proves nothing. */
  hardware: boolean;
  /** What brings I420 to it, each with the end of its node's id. */
  input: readonly { id: string; element: string; properties: GraphNode['properties'] }[];
  properties(stream: EncodedStream): GraphNode['properties'];
  /** What it is asked to give, as far as it is asked by caps. */
  output(stream: EncodedStream): string;
  /** Properties that it says may be set while frames pass; with any other one changed it is made anew. */
  live: readonly string[];
  /** Null: by the event that GStreamer has for it. */
  keyFrameBy: KeyFrameBy | null;
}

const toNv12 = [
  { id: 'convert', element: 'videoconvert', properties: {} },
  { id: 'input', element: 'capsfilter', properties: { caps: 'video/x-raw,format=NV12' } },
];
const toNvmm = [
  { id: 'convert', element: 'nvvidconv', properties: {} },
  { id: 'input', element: 'capsfilter', properties: { caps: 'video/x-raw(memory:NVMM),format=NV12' } },
];
const profileCaps = ({ h264Profile }: EncodedStream) => `video/x-h264,profile=${h264Profile}`;
const kilobits = ({ bitrateBps }: EncodedStream) => Math.max(1, Math.round(bitrateBps / 1000));

/**
 * H.264 encoders, the first that the machine has is taken. All of them make one
 * slice a frame, and key frames only when asked: the core counts. Where each
 * number and word comes from is in docs/hardware.md.
 */
export const h264Encoders: readonly Encoder[] = [
  {
    element: 'v4l2h264enc',
    hardware: true,
    input: [],
    properties: (stream) => ({ 'extra-controls': v4l2Controls(stream) }),
    // Without a level it takes the lowest that the driver knows, and stops at the first large picture.
    output: (stream) => `${profileCaps(stream)},level=(string)${h264Level(stream)}`,
    live: [],
    // Its driver can be asked, but the element passes no event on.
    keyFrameBy: { by: 'property', property: 'extra-controls', value: 'controls,force_key_frame=1' },
  },
  {
    element: 'nvv4l2h264enc',
    hardware: true,
    input: toNvmm,
    properties: (stream) => ({
      'control-rate': 'constant_bitrate',
      bitrate: stream.bitrateBps,
      iframeinterval: rarely,
      idrinterval: rarely,
      'insert-sps-pps': true,
      'num-B-Frames': 0,
      profile: nvidiaProfiles[stream.h264Profile],
      'disable-cabac': stream.h264Profile === 'constrained-baseline',
      'maxperf-enable': true,
    }),
    output: () => 'video/x-h264,stream-format=byte-stream,alignment=au',
    live: [],
    keyFrameBy: { by: 'signal', signal: 'force-IDR' },
  },
  ...(['vah264enc', 'vah264lpenc'] as const).map(
    (element): Encoder => ({
      element,
      hardware: true,
      input: toNv12,
      properties: (stream) => ({
        'rate-control': 'cbr',
        bitrate: kilobits(stream),
        'key-int-max': vaLongest,
        'b-frames': 0,
        'ref-frames': 1,
        'num-slices': 1,
        cabac: stream.h264Profile !== 'constrained-baseline',
        dct8x8: stream.h264Profile === 'high',
      }),
      output: profileCaps,
      live: ['bitrate'],
      keyFrameBy: null,
    }),
  ),
  {
    element: 'mpph264enc',
    hardware: true,
    input: [],
    properties: (stream) => ({
      'rc-mode': 'cbr',
      bps: stream.bitrateBps,
      gop: rarely,
      'header-mode': 'each-idr',
      // Its baseline has neither of what the constrained one leaves out.
      profile: stream.h264Profile === 'constrained-baseline' ? 'baseline' : stream.h264Profile,
      level: h264Level(stream),
    }),
    output: () => 'video/x-h264,stream-format=byte-stream,alignment=au',
    live: [],
    keyFrameBy: null,
  },
  {
    element: 'x264enc',
    hardware: false,
    input: [],
    properties: (stream) => ({
      // zerolatency means sliced threads, which break clients that take a slice
      // for a frame; one thread makes one slice and costs 1 ms at 1080p.
      tune: 'zerolatency',
      threads: 1,
      'speed-preset': 'ultrafast',
      bitrate: kilobits(stream),
      'key-int-max': endless,
      // ultrafast leaves out what the higher profiles are named for.
      cabac: stream.h264Profile !== 'constrained-baseline',
      dct8x8: stream.h264Profile === 'high',
      'byte-stream': true,
    }),
    output: profileCaps,
    live: ['bitrate'],
    keyFrameBy: null,
  },
  {
    element: 'openh264enc',
    hardware: false,
    input: [],
    properties: (stream) => ({
      'usage-type': 'camera',
      complexity: 'low',
      'multi-thread': 1,
      'slice-mode': 'n-slices',
      'num-slices': 1,
      'rate-control': 'bitrate',
      bitrate: stream.bitrateBps,
      // Left to itself it takes out frames to keep the bitrate, and puts in key frames.
      'enable-frame-skip': false,
      'scene-change-detection': false,
      'gop-size': 0,
    }),
    output: profileCaps,
    live: ['bitrate'],
    keyFrameBy: null,
  },
];

/** The driver takes steps of 25 kbit/s, and the nearest one for what lies between. */
function v4l2Controls({ bitrateBps }: EncodedStream): string {
  return [
    'controls',
    `video_bitrate=${bitrateBps}`,
    `h264_i_frame_period=${rarely}`,
    'repeat_sequence_header=1',
  ].join(',');
}

const nvidiaProfiles = { 'constrained-baseline': 'Baseline', main: 'Main', high: 'High' } as const;

export function h264Encoder(element: string): Encoder | undefined {
  return h264Encoders.find((one) => one.element === element);
}

export function isHardware(element: string): boolean {
  return h264Encoder(element)?.hardware === true;
}

export interface EncoderChoice {
  stream: H264Stream;
  capabilities: Capabilities;
  /** What failed while it ran: not again, even where the stream names it. */
  failed: ReadonlySet<string>;
  /** For people: what the encoder is for. */
  purpose: string;
}

/** The one the stream names, else the best one there is. Throws `missing-element`. */
export function chooseEncoder({ stream, capabilities, failed, purpose }: EncoderChoice): Encoder {
  const { elements, encoders = {} } = capabilities;
  const named = failed.has(stream.encoder ?? '') ? undefined : stream.encoder;
  const wanted = h264Encoders.filter(({ element }) => named === undefined || named === element);
  const there = wanted.filter(({ element }) => elements[element] === true && !failed.has(element));
  const chosen = there.find(({ element, hardware }) => {
    const trial = encoders[element];
    return trial?.works ?? (!hardware || named !== undefined);
  });
  if (chosen) return chosen;
  const refused = there.map(({ element }) => ({
    element,
    why: encoders[element]?.detail ?? 'it was not tried',
  }));
  if (named !== undefined && refused.length > 0) throw refusedEncoder(refused, purpose);
  const best = wanted.find(({ hardware }) => named !== undefined || !hardware);
  throw missingElements(best ? [best.element] : [], purpose);
}

function refusedEncoder(refused: readonly { element: string; why: string }[], purpose: string): TeecamError {
  const told = refused.map(({ element, why }) => `${element}, which does not work here: ${why}`).join('; ');
  const elements = refused.map(({ element }) => ({ element, package: 'unknown' }));
  return new TeecamError('missing-element', `${purpose} needs ${told}`, { details: { elements } });
}

/** Seconds from key frame to key frame at the stream's full rate. */
export function gopSeconds(stream: Pick<H264Stream, 'gopFrames' | 'framerate'>): number {
  return stream.gopFrames / perSecond(stream.framerate);
}
