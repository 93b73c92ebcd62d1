import type { CameraStats } from '../camera/camera-stats.js';
import type { Loss, LossWatch } from '../camera/loss-watch.js';
import type { CameraStatus } from '../camera/supervisor.js';
import type { SeenStream } from '../load/ladder.js';
import type { Step } from '../load/lowering.js';
import { passesThrough } from '../plan/delivery.js';
import type { ArrangedStage } from '../plan/stage.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Stream } from './stream.js';

type LoadedStream = Pick<Stream, 'name' | 'profile' | 'branch'> & { jpeg: { name: string } | null };

/** What is looked at of a camera. */
export interface LoadedCamera {
  name: string;
  profile: Pick<CameraProfile, 'source' | 'ladder'>;
  stage: Pick<ArrangedStage, 'delivery'>;
  streams: readonly LoadedStream[];
  supervisor: {
    status: Pick<CameraStatus, 'state'>;
    stats: Pick<CameraStats, 'stream'>;
    losses: Pick<LossWatch, 'of'>;
  };
}

export interface MeasuredStream extends SeenStream {
  /** Where it loses most. */
  lost: Loss | null;
  latencyMs: number | null;
}

/** What the cameras' counters say of their streams, as far as it tells how the machine keeps up. */
export function seenLoad(
  cameras: readonly LoadedCamera[],
  steps: readonly Step[],
  machineFull: boolean,
): MeasuredStream[] {
  return cameras.flatMap((camera) =>
    camera.streams.map((stream) => {
      const step = steps.find((one) => one.camera === camera.name && one.stream === stream.name);
      return seenStream(camera, stream, step?.of ?? stream.profile, machineFull);
    }),
  );
}

function seenStream(
  camera: LoadedCamera,
  stream: LoadedStream,
  full: LoadedStream['profile'],
  machineFull: boolean,
): MeasuredStream {
  const { supervisor, profile, stage } = camera;
  const { stats, losses } = supervisor;
  const open = branchesOf(stream).filter((branch) => stats.stream(branch).open);
  // What comes over a network comes in bursts: such a loss says something only of a machine that is full.
  const tells = machineFull || !profile.source.some(({ kind }) => kind === 'rtsp' || kind === 'http');
  const found = tells ? open.flatMap((branch) => losses.of(branch) ?? []) : [];
  const [lost = null] = found.sort((a, b) => Number(b.lasting) - Number(a.lasting));
  const { latencyNs } = stats.stream(stream.name);
  return {
    camera: camera.name,
    stream: stream.name,
    full,
    ladder: profile.ladder,
    open: open.length > 0 && supervisor.status.state === 'live',
    encoded: full.codec !== 'copy' && !passesThrough(stream.branch, stage.delivery),
    loss: lost === null ? 'none' : lost.lasting ? 'overloaded' : 'strained',
    lost,
    latencyMs: latencyNs > 0 ? Math.round(latencyNs / 1e6) : null,
  };
}

/** Its own, and the one beside it that is made for its MJPEG and pictures alone. */
function branchesOf({ name, jpeg }: LoadedStream): string[] {
  return jpeg?.name.includes('+') ? [name, jpeg.name] : [name];
}
