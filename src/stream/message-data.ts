/** What each kind of message carries; docs/messages.md says what it means for a camera. */
import type { StopCode } from './codes.js';

export const messageTypes = [
  'packet',
  'grace',
  'start',
  'serviceStatus',
  'signalStatus',
  'descrambleInfo',
  'stop',
  'noStart',
  'noStartWarning',
  'mpegts',
  'exit',
  'speed',
  'skip',
  'timeshiftStatus',
] as const;
export type MessageType = (typeof messageTypes)[number];

/** One elementary stream of a start. It does not change: another one comes with another start. */
export interface Component {
  readonly index: number;
  readonly kind: 'video';
  readonly codec: 'h264' | 'h265' | 'jpeg' | 'raw';
  /** GStreamer's name for raw formats, else empty. */
  readonly format: string;
  readonly width: number;
  readonly height: number;
  /** Nominal frames a second as a fraction; [0, 1] when it varies. */
  readonly framerate: readonly [number, number];
  /** Codec headers (VPS, SPS and PPS in Annex B) where the codec has them. */
  readonly header: Uint8Array | null;
  /** Its packets are not meant to be shown, stored or sent on. */
  readonly disabled: boolean;
}

export interface StartInfo {
  readonly components: readonly Component[];
  readonly source: {
    readonly camera: string;
    readonly stream: string;
    /** Counts the cores that have written this stream. */
    readonly generation: number;
  };
}

/** One frame. Times are nanoseconds. */
export interface Packet {
  /** Of the start before it. */
  readonly component: Component;
  readonly sequence: number;
  /** Presentation and decoding time on the camera's clock, CLOCK_MONOTONIC. */
  readonly ptsNs: number;
  readonly dtsNs: number;
  /** When it was captured, CLOCK_REALTIME. */
  readonly captureRealtimeNs: number;
  readonly durationNs: number;
  /** A delta frame needs those before it, back to a key frame. */
  readonly frameType: 'key' | 'delta';
  /** Frames are missing before this one, or the source is another. */
  readonly discontinuity: boolean;
  /** From the slate, not from the camera. */
  readonly slate: boolean;
  /** The source marked it as damaged. */
  readonly error: boolean;
  readonly payload: Uint8Array;
  /** With a key frame the codec headers that hold from here on, where the codec has them. */
  readonly header: Uint8Array | null;
  /** Rows and planes of a raw frame; empty for encoded ones. */
  readonly planes: readonly { offset: number; stride: number }[];
}

/** How well the source does. Counters grow from the first packet on, so that a status that was missed hides nothing. */
export interface SignalStatus {
  /** Camera frames a second over the time since the status before. */
  readonly framerate: number;
  /** 0 when it varies. */
  readonly nominalFramerate: number;
  readonly bitrateBps: number;
  /** How far the times between captures are from even, on average. */
  readonly jitterNs: number;
  readonly frames: number;
  /** Frames that should have been captured between others. */
  readonly lost: number;
  readonly corrupted: number;
  readonly slates: number;
  /**
   * Mean of the picture from 0, black, to 1: a covered lens shows. Of what is encoded, it is the one before.
   * Null for slates, and for H.264 and H.265 that the camera has encoded.
   */
  readonly brightness: number | null;
  /** How long a picture is exposed, where the camera's device says so; null for others. */
  readonly exposureUs: number | null;
  /** Of a source on a network, whatever becomes of its frames later; null for others. */
  readonly network: NetworkSignal | null;
}

export interface NetworkSignal {
  readonly bitrateBps: number;
  /** Packets that came behind a lost one, or were overtaken, of all. */
  readonly lossRatio: number;
  readonly roundTripNs: number;
}

/** How an encrypted source comes. */
export interface Protection {
  readonly protocol: 'srtp' | 'srt' | 'tls';
  /** Of the protocol, `1.3`; empty where it is not known. */
  readonly version: string;
  readonly cipher: string;
  /** Greater with each new key. */
  readonly keyEpoch: number;
}

/** What a camera's packets do not tell. Null: there is none, or it is not known. */
export interface CameraSignal {
  readonly network: NetworkSignal | null;
  readonly protection: Protection | null;
  /** Mean of a stream's picture before it was encoded, 0 to 1. */
  brightness(stream: string): number | null;
  readonly exposureUs: number | null;
}

export interface StopInfo {
  readonly code: StopCode;
  readonly reason: string;
}

/** Where to go on from. Relative ones may be negative. */
export type Skip =
  | { readonly to: 'live' }
  | { readonly to: 'time'; readonly ns: number; readonly relative: boolean }
  | { readonly to: 'byte'; readonly offset: number; readonly relative: boolean }
  /** The answer to a skip that cannot be. */
  | { readonly to: 'nowhere'; readonly reason: string };

export interface TimeshiftStatus {
  /** The oldest is dropped for the newest. */
  readonly full: boolean;
  /** Behind live. */
  readonly shiftNs: number;
  /** PTS of the oldest and newest that are kept. */
  readonly startNs: number;
  readonly endNs: number;
}

export interface MessageData {
  packet: Packet;
  /** Seconds that the start may take. */
  grace: number;
  start: StartInfo;
  /** Bits of `serviceStatus`. */
  serviceStatus: number;
  signalStatus: SignalStatus;
  /** Null: the source has no protection any more. */
  descrambleInfo: Protection | null;
  stop: StopInfo;
  noStart: StopInfo;
  noStartWarning: StopInfo;
  /** Whole 188-byte packets. */
  mpegts: Uint8Array;
  exit: null;
  /** Percent of real time. */
  speed: number;
  skip: Skip;
  timeshiftStatus: TimeshiftStatus;
}
