/** GStreamer's own variables, each worker its share of what was meant for one process. */
import path from 'node:path';

export interface WorkerEnvironment {
  env: NodeJS.ProcessEnv;
  /** The folder for its graphs, to be made; null: none are wanted. */
  dotFolder: string | null;
}

/** `forPeople`: what it writes to standard error ends on a terminal. */
export function workerEnvironment(
  inherited: NodeJS.ProcessEnv,
  camera: string,
  forPeople: boolean,
): WorkerEnvironment {
  const env = { ...inherited };
  // GStreamer colours its lines wherever they go.
  if (!forPeople && env['GST_DEBUG_COLOR_MODE'] === undefined) env['GST_DEBUG_NO_COLOR'] ??= '1';
  // GStreamer 1.22 loses the pool of a capture device whose driver lets go of buffers that are still in use: with
  // each close a descriptor, the memory of its frames, and its node's number, which the next camera cannot have.
  // With this it waits for the buffers, as every version does with drivers that keep them: it costs others nothing.
  env['GST_V4L2_FORCE_DRAIN'] ??= '1';
  const file = env['GST_DEBUG_FILE'];
  // A worker has no standard output: its lines go where they go without a file.
  if (file === '-') delete env['GST_DEBUG_FILE'];
  else if (file) env['GST_DEBUG_FILE'] = ownFile(file, camera);
  const folder = env['GST_DEBUG_DUMP_DOT_DIR'];
  const dotFolder = folder ? path.join(folder, camera) : null;
  if (dotFolder !== null) env['GST_DEBUG_DUMP_DOT_DIR'] = dotFolder;
  return { env, dotFolder };
}

/**
 * `gst.log` as `gst.CAMERA.PID.log`: GStreamer empties the file that it opens,
 * and a worker that died is followed by another. It puts the number for `%p`.
 */
function ownFile(file: string, camera: string): string {
  const { dir, name, ext } = path.parse(file);
  const process = file.includes('%p') ? '' : '.%p';
  return path.join(dir, `${name}.${camera}${process}${ext}`);
}
