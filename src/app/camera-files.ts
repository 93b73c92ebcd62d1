import { messageOf, TeecamError } from '../base/error.js';
import { faultOf } from '../camera/fault.js';
import type { Camera } from './camera.js';
import type { SourcePlanner } from './source-planner.js';

/**
 * A file that cannot be played will not get better by waiting, unlike a camera
 * that is not there yet: it is told at the start. Rejects with `bad-source`.
 */
export async function checkFiles(camera: Camera, sources: SourcePlanner): Promise<void> {
  for (const source of camera.profile.source) {
    if (source.kind !== 'file') continue;
    try {
      const resolved = await sources.resolve(source);
      if (resolved.kind !== 'file') continue;
      for (const file of resolved.files) await camera.supervisor.probe('file', file);
    } catch (error) {
      const { reason } = faultOf(error);
      throw new TeecamError('bad-source', `cameras.${camera.name}.source: ${messageOf(error)}`, {
        cause: error,
        details: { camera: camera.name, reason },
      });
    }
  }
}
