import type { Command } from 'commander';
import { hasBoardCamera } from '../app/board-camera.js';
import { machineCapabilities, machineName } from '../app/capabilities.js';
import { rememberedFailures } from '../app/encoder-failures.js';
import { defaultProfilePath } from '../app/package.js';
import { readProfileFile } from '../app/profile-file.js';
import { StateFolder } from '../app/state-folder.js';
import { codeOf, messageOf, TeecamError } from '../base/error.js';
import { silentLog } from '../base/log.js';
import { redact } from '../base/redact.js';
import { fontsWork } from '../camera/slate.js';
import { loadNative } from '../native/load.js';
import type { H264Stream, Profile } from '../profile/profile.js';
import { collect } from './collect.js';
import { type BoardCamera, checkCameras } from './doctor/cameras.js';
import { checkVideoFiles } from './doctor/files.js';
import { type Finding, fault, fine, warning } from './doctor/finding.js';
import { checkFolders } from './doctor/folders.js';
import { askNative, askWorker, lookAtMemory, videoNodes } from './doctor/machine.js';
import { checkMemory } from './doctor/memory.js';
import { checkPorts, listenForReal } from './doctor/network.js';
import {
  checkElements,
  checkEncoders,
  checkFailures,
  checkFonts,
  checkGstreamer,
  checkH265,
  checkNative,
  checkNode,
  checkWorker,
} from './doctor/software.js';

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look for what would keep this machine from running a profile')
    .argument('[profile]', 'YAML or JSON', defaultProfilePath)
    .option('--json', 'for programs', false)
    .option('--capabilities', 'only print what this machine can do, for graph --capabilities', false)
    .option('--set <path=value>', 'override a part of the profile, as often as needed', collect, [])
    .action(async (file: string, { json, capabilities, set }: DoctorOptions) => {
      if (capabilities) return printCapabilities();
      const findings = await examine(file, set);
      process.stdout.write(json ? `${redact(JSON.stringify({ findings }, null, 2))}\n` : table(findings));
      const faults = findings.filter((finding) => finding.level === 'fault');
      const [first] = faults;
      if (first)
        throw new TeecamError(first.code, faults.length === 1 ? '1 fault' : `${faults.length} faults`);
    });
}

interface DoctorOptions {
  json: boolean;
  capabilities: boolean;
  set: string[];
}

async function printCapabilities(): Promise<void> {
  const found = await machineCapabilities(loadNative());
  const recorded = { machine: `${await machineName()}, tried by teecam doctor`, ...found };
  process.stdout.write(`${JSON.stringify(recorded, null, 2)}\n`);
}

async function examine(file: string, set: readonly string[]): Promise<Finding[]> {
  const { profile, finding } = await profileOf(file, set);
  const findings = [finding, checkNode(process.versions.node)];
  const native = askNative();
  const devices = 'trouble' in native ? null : await native.listDevices();
  let board: BoardCamera = 'none';
  if ('trouble' in native) {
    findings.push(checkNative(native));
  } else {
    findings.push(checkNative(native.versions), checkGstreamer(native.versions.gstreamer));
    const stream = profile ? largestH264(profile) : undefined;
    const found = await machineCapabilities(native, stream ? { stream } : {});
    findings.push(...(profile ? checkElements(profile, found) : []), ...checkEncoders(found));
    findings.push(...(await failuresFound()));
    if (profile) findings.push(...checkH265(profile, found));
    if (await hasBoardCamera())
      board = found.elements['libcamerasrc'] === true ? 'usable' : 'without-element';
  }
  const worker = await askWorker();
  findings.push(checkWorker(worker), checkFonts(await fontsWork()), ...(await checkFolders(process.env)));
  if (profile && !('trouble' in native) && !('trouble' in worker))
    findings.push(...(await checkVideoFiles(profile, native)));
  findings.push(...checkMemory(profile, await lookAtMemory()));
  if (profile) findings.push(...(await checkPorts(profile, listenForReal)));
  return [...findings, ...checkCameras(profile, await videoNodes(), devices, board)];
}

async function failuresFound(): Promise<Finding[]> {
  try {
    return checkFailures(await rememberedFailures(new StateFolder(silentLog)));
  } catch (error) {
    return [warning('encoders', `which of them failed while they ran is not known: ${messageOf(error)}`)];
  }
}

/** What the encoders are tried with: it tells most about what they will take. */
function largestH264({ cameras }: Profile): H264Stream | undefined {
  const streams = Object.values(cameras).flatMap((camera) => Object.values(camera.streams));
  return streams
    .filter((stream) => stream.codec === 'h264')
    .sort((a, b) => b.width * b.height - a.width * a.height)[0];
}

/** Without a profile the machine is looked at all the same. */
async function profileOf(
  file: string,
  set: readonly string[],
): Promise<{ profile: Profile | null; finding: Finding }> {
  try {
    const { profile } = await readProfileFile(file, set);
    return { profile, finding: fine('profile', `${file} is right`) };
  } catch (error) {
    if (!(error instanceof TeecamError) || codeOf(error) === 'internal') throw error;
    return { profile: null, finding: fault('profile', error.code, error.message, null) };
  }
}

const marks = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' } as const;

export function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, message, fix }) => {
    const indent = ' '.repeat(marks.ok.length + width + 4);
    const [first = '', ...rest] = message.split('\n');
    return [
      `${marks[level]}  ${check.padEnd(width)}  ${first}`,
      ...rest.map((line) => indent + line),
      ...(fix === null ? [] : [`${indent}mend it: ${fix}`]),
    ];
  });
  return `${redact(lines.join('\n'))}\n`;
}
