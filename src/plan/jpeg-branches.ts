/**
 * MJPEG and pictures exist for every stream, whatever its codec. They come from
 * a JPEG branch of the stream's size and rate: its own when it is JPEG, that of
 * another stream where there is one alike, else from one that is planned for
 * them alone and stays closed until somebody asks.
 */
import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile, JpegStream } from '../profile/profile.js';
import { samePicture } from './shape.js';

/** Copies resolved, as `resolveCopies` does it. */
type Streams = Readonly<Record<string, BranchProfile>>;

/** What is planned for a camera's streams. */
export interface PlannedBranches {
  /** By name: the profile's streams, then the companions, which are no streams of the profile. */
  all: Streams;
  /** By stream: the branch that its MJPEG and pictures come from; null: the profile offers neither. */
  jpegOf: Readonly<Record<string, string | null>>;
}

/**
 * Every branch that is planned; streams of one size, fit and rate share a companion.
 * With `running`, a stream whose picture is the same keeps the JPEG branch that
 * it has, so that its viewers notice nothing: it may be named after a stream
 * that is gone, or be one more than a new plan would have.
 */
export function branchesFor(streams: Streams, running?: PlannedBranches): PlannedBranches {
  const companions = new Map<string, JpegStream>();
  const jpegOf: Record<string, string | null> = {};
  const use = (stream: string, branch: string, { lingerMs }: BranchProfile) => {
    jpegOf[stream] = branch;
    const companion = companions.get(branch);
    if (companion) companion.lingerMs = Math.max(companion.lingerMs, lingerMs);
  };
  const entries = Object.entries(streams).filter(([name, stream]) => {
    jpegOf[name] = offersJpeg(stream) && stream.codec === 'jpeg' ? name : null;
    return offersJpeg(stream) && stream.codec !== 'jpeg';
  });
  for (const [name, stream] of entries) {
    const branch = keptBranch(name, streams, running);
    if (branch === null) continue;
    if (streams[branch] === undefined && !companions.has(branch))
      companions.set(branch, companionProfile(stream));
    use(name, branch, stream);
  }
  for (const [name, stream] of entries) {
    if (jpegOf[name] !== null) continue;
    const shared = [...companions].find(([, profile]) => samePicture(profile, stream))?.[0];
    const alike = likeJpegStream(streams, stream) ?? shared;
    const branch = alike ?? freeName(`${name}+jpeg`, companions);
    if (alike === undefined) companions.set(branch, companionProfile(stream));
    use(name, branch, stream);
  }
  return { all: { ...streams, ...Object.fromEntries(companions) }, jpegOf };
}

/** The JPEG branch that a stream goes on with; null: it has none, or none of its picture. */
function keptBranch(name: string, streams: Streams, running: PlannedBranches | undefined): string | null {
  const stream = streams[name];
  const branch = running?.jpegOf[name] ?? null;
  const before = branch === null ? undefined : running?.all[branch];
  if (!stream || branch === null || !before || !samePicture(before, stream)) return null;
  const isCompanion = branch.includes('+');
  const now = streams[branch];
  return isCompanion || (now?.codec === 'jpeg' && samePicture(now, stream)) ? branch : null;
}

/** Its name may be that of a companion which goes on for other streams. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  return free;
}

/** Over a WebSocket H.264 goes as it is, and as pictures only where there are some anyway. */
function offersJpeg(stream: BranchProfile): boolean {
  const outputs = outputsOf(stream);
  const bySocket = outputs.includes('ws') && stream.codec !== 'h264';
  return bySocket || outputs.includes('mjpeg') || outputs.includes('picture');
}

function likeJpegStream(streams: Streams, wanted: BranchProfile): string | undefined {
  const alike = Object.entries(streams).find(
    ([, stream]) => stream.codec === 'jpeg' && samePicture(stream, wanted),
  );
  return alike?.[0];
}

/** Without `shm` its ring is private; `always` is for the stream's own branch. */
function companionProfile({ width, height, fit, framerate, lingerMs, priority }: BranchProfile): JpegStream {
  const outputs: JpegStream['outputs'] = ['mjpeg', 'picture'];
  const shape = { width, height, fit, framerate, lingerMs, priority };
  return { codec: 'jpeg', ...shape, quality: 80, anyEncoding: true, always: false, outputs };
}
