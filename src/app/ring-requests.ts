import { TeecamError } from '../base/error.js';
import type { ArrangedStage } from '../plan/stage.js';
import { outputsOf } from '../profile/outputs.js';
import type { BranchProfile } from '../profile/profile.js';
import type { RingRequest } from './ring-set.js';

/** The ring files that a camera's stage writes to; with `branches`, those of these alone. */
export function ringRequests(
  instance: string | null,
  camera: string,
  stage: ArrangedStage,
  branches: readonly string[] = Object.keys(stage.rings),
): RingRequest[] {
  return branches.map((branch) => {
    const geometry = stage.rings[branch];
    const profile = stage.branches.all[branch];
    if (!geometry || !profile) throw new TeecamError('internal', `the plan has no branch ${branch}`);
    // The JPEG branch beside a stream has the stream's name before the `+`.
    const [stream = branch] = branch.split('+');
    const mode = ringMode(profile);
    return {
      path: ringOf(stage, branch),
      geometry,
      instance: instance ?? '',
      camera,
      stream,
      mode,
      gid: null,
    };
  });
}

/** Without `shm` among its outputs a ring is private. */
export function ringMode(profile: BranchProfile): number {
  return outputsOf(profile).includes('shm') ? 0o640 : 0o600;
}

/** Path of a branch's ring file. */
export function ringOf({ plan }: ArrangedStage, branch: string): string {
  const found = plan.branches.find(({ stream }) => stream === branch);
  if (!found) throw new TeecamError('internal', `the plan lacks the branch ${branch}`);
  return found.ring;
}
