/**
 * MJPEG and pictures exist for every stream, whatever its codec. They come from
 * a JPEG branch of the stream's size and rate: its own when it is JPEG, that of
 * another stream where there is one alike, else from one that is planned for
 * them alone and stays closed until somebody asks.
 */
import { outputsOf } from '../profile/outputs.js';
import type { JpegStream, StreamProfile } from '../profile/profile.js';
import { perSecond } from '../profile/units.js';

type Streams = Readonly<Record<string, StreamProfile>>;

/** A branch that is no stream of the profile. */
export interface JpegCompanion {
  /** Of the branch: the stream's with `+jpeg` behind it, which no stream's name can have. */
  name: string;
  /** The first stream that needs it. */
  stream: string;
  profile: JpegStream;
}

/** By the streams' order; streams of one size and rate share one. */
export function jpegCompanions(streams: Streams): JpegCompanion[] {
  const companions: JpegCompanion[] = [];
  for (const [name, stream] of Object.entries(streams)) {
    if (!offersJpeg(stream) || likeJpegStream(streams, stream) !== undefined) continue;
    const known = companions.find(({ profile }) => samePicture(profile, stream));
    if (known) known.profile.lingerMs = Math.max(known.profile.lingerMs, stream.lingerMs);
    else companions.push({ name: `${name}+jpeg`, stream: name, profile: companionProfile(stream) });
  }
  return companions;
}

/** Every branch that is planned: the profile's streams, then the companions. */
export function plannedBranches(streams: Streams): Record<string, StreamProfile> {
  const companions = jpegCompanions(streams).map(({ name, profile }) => [name, profile] as const);
  return { ...streams, ...Object.fromEntries(companions) };
}

/** The branch that a stream's MJPEG and pictures come from; null: the profile offers neither. */
export function jpegBranchOf(streams: Streams, name: string): string | null {
  const stream = streams[name];
  if (!stream || !offersJpeg(stream)) return null;
  if (stream.codec === 'jpeg') return name;
  const companion = () => jpegCompanions(streams).find(({ profile }) => samePicture(profile, stream))?.name;
  return likeJpegStream(streams, stream) ?? companion() ?? null;
}

function offersJpeg(stream: StreamProfile): boolean {
  const outputs = outputsOf(stream);
  return outputs.includes('mjpeg') || outputs.includes('picture');
}

function likeJpegStream(streams: Streams, wanted: StreamProfile): string | undefined {
  const alike = Object.entries(streams).find(
    ([, stream]) => stream.codec === 'jpeg' && samePicture(stream, wanted),
  );
  return alike?.[0];
}

function samePicture(a: StreamProfile, b: StreamProfile): boolean {
  return a.width === b.width && a.height === b.height && perSecond(a.framerate) === perSecond(b.framerate);
}

/** Without `shm` its ring is private; `always` is for the stream's own branch. */
function companionProfile({ width, height, framerate, lingerMs }: StreamProfile): JpegStream {
  const outputs: JpegStream['outputs'] = ['mjpeg', 'picture'];
  return { codec: 'jpeg', width, height, framerate, lingerMs, quality: 80, always: false, outputs };
}
