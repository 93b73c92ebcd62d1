import { messageOf, TeecamError } from '../base/error.js';
import { faultOf } from '../camera/fault.js';
import type { Probe } from '../camera/probe.js';
import { checkImage as checkPicture } from '../camera/slate.js';
import type { CameraProfile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';
import type { SourcePlanner } from './source-planner.js';

/** A `Camera`, or somebody who has a core that can be asked. */
interface Asked {
  name: string;
  profile: Pick<CameraProfile, 'source'>;
  supervisor: { probe: Probe };
}

/**
 * A file that cannot be played will not get better by waiting, unlike a camera
 * that is not there yet: it is told at once. Rejects with `bad-source`.
 */
export async function checkFiles(camera: Asked, sources: Pick<SourcePlanner, 'resolve'>): Promise<void> {
  for (const source of camera.profile.source) {
    try {
      await playsSomething(camera, source, sources);
    } catch (error) {
      throw new TeecamError('bad-source', `cameras.${camera.name}.source: ${messageOf(error)}`, {
        cause: error,
        details: { camera: camera.name, reason: faultOf(error).reason },
      });
    }
  }
}

/** Rejects with `bad-image` where the slate's image cannot be shown. */
export async function checkImage(camera: string, { mode, image }: CameraProfile['slate']): Promise<void> {
  if (mode !== 'image' || image === null) return;
  try {
    await checkPicture(image);
  } catch (error) {
    const message = `cameras.${camera}.slate.image: ${messageOf(error)}`;
    throw new TeecamError('bad-image', message, { cause: error, details: { camera } });
  }
}

/** One file that can be played is enough: of a list the others are skipped when their turn comes. */
async function playsSomething(
  camera: Asked,
  source: Source,
  sources: Pick<SourcePlanner, 'resolve'>,
): Promise<void> {
  if (source.kind !== 'file') return;
  const resolved = await sources.resolve(source);
  if (resolved.kind !== 'file') return;
  let firstFault: unknown;
  for (const file of resolved.files) {
    try {
      await camera.supervisor.probe({ kind: 'file', path: file });
      return;
    } catch (error) {
      firstFault ??= error;
    }
  }
  throw firstFault;
}
