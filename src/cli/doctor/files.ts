/** Video files that are sources: can they be played? */
import { checkFiles } from '../../app/camera-files.js';
import { coresInWorkers } from '../../app/core-starter.js';
import { SourcePlanner } from '../../app/source-planner.js';
import { systemClock } from '../../base/clock.js';
import { TeecamError } from '../../base/error.js';
import { silentLog } from '../../base/log.js';
import { CoreClient } from '../../camera/core-client.js';
import { probeWith } from '../../camera/probe.js';
import type { NativePort } from '../../native/port.js';
import type { Profile } from '../../profile/profile.js';
import { type Finding, fault, fine } from './finding.js';

const probeTimeoutMs = 15_000;
const closeDeadlineMs = 3_000;

/** Opens them as `teecam run` does, in a worker. */
export async function checkVideoFiles(
  { cameras }: Profile,
  native: Pick<NativePort, 'listDevices'>,
): Promise<Finding[]> {
  const played = Object.entries(cameras).filter(([, { source }]) =>
    source.some(({ kind }) => kind === 'file'),
  );
  if (played.length === 0) return [];
  const core = new CoreClient({
    start: (await coresInWorkers())('doctor', silentLog),
    clock: systemClock,
    log: silentLog,
    onEvent: () => {},
    onEnd: () => {},
  });
  const probe = probeWith(core, probeTimeoutMs);
  const planner = new SourcePlanner(native, { elements: {} }, silentLog);
  const findings: Finding[] = [];
  for (const [name, profile] of played)
    findings.push(await checkCamera({ name, profile, supervisor: { probe } }, planner));
  await core.close(closeDeadlineMs);
  return findings;
}

async function checkCamera(
  camera: Parameters<typeof checkFiles>[0],
  planner: SourcePlanner,
): Promise<Finding> {
  try {
    await checkFiles(camera, planner);
    return fine('files', `cameras.${camera.name}.source can be played`);
  } catch (error) {
    if (!(error instanceof TeecamError)) throw error;
    return fault('files', error.code, error.message, null);
  }
}
