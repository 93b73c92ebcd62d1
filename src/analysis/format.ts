import { nalTypeAt, nalTypes, nextStartCode } from '../stream/annex-b.js';
import type { Component } from '../stream/message.js';

/** What a start says of a stream. */
export interface FormatReport {
  codec: Component['codec'];
  /** GStreamer's name of a raw format, else null. */
  format: string | null;
  width: number;
  height: number;
  /** Nominal; null when it varies. */
  framerate: number | null;
  /** Of H.264, by its sequence parameter set; else null. */
  profile: string | null;
  level: string | null;
  /** RFC 6381, such as `avc1.42C01F`. */
  codecs: string | null;
  /** SPS and PPS, of H.265 the VPS too, in Annex B, base64. */
  headers: string | null;
}

export function formatReport(component: Component): FormatReport {
  const { codec, format, width, height, framerate, header } = component;
  const [numerator, denominator] = framerate;
  return {
    codec,
    format: format === '' ? null : format,
    width,
    height,
    framerate: numerator === 0 ? null : numerator / denominator,
    ...h264Report(codec === 'h264' ? header : null),
    headers: header && Buffer.from(header).toString('base64'),
  };
}

function h264Report(header: Uint8Array | null): Pick<FormatReport, 'profile' | 'level' | 'codecs'> {
  const sps = header && sequenceParameters(header);
  if (!sps) return { profile: null, level: null, codecs: null };
  const [profile = 0, constraints = 0, level = 0] = sps;
  return {
    profile: profileName(profile, constraints),
    level: levelName(profile, constraints, level),
    codecs: `avc1.${Buffer.from(sps).toString('hex').toUpperCase()}`,
  };
}

/** `profile_idc`, the constraint flags, `level_idc`. */
function sequenceParameters(header: Uint8Array): Uint8Array | null {
  for (let at = nextStartCode(header, 0); at >= 0; at = nextStartCode(header, at + 3)) {
    if (nalTypeAt(header, at) === nalTypes.sequence) return header.subarray(at + 4, at + 7);
  }
  return null;
}

const profiles: Readonly<Record<number, string>> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4 Predictive',
};

function profileName(profile: number, constraints: number): string {
  if (profile === 66 && (constraints & 0x40) !== 0) return 'Constrained Baseline';
  return profiles[profile] ?? `profile ${profile}`;
}

/** Level 1b of the older profiles is written as 11 with a flag (H.264, A.3.1). */
function levelName(profile: number, constraints: number, level: number): string {
  const older = profile === 66 || profile === 77 || profile === 88;
  if (level === 9 || (older && level === 11 && (constraints & 0x10) !== 0)) return '1b';
  return (level / 10).toFixed(1);
}
