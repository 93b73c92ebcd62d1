/** Node, the native part, GStreamer and its elements, fonts. */

import type { EncoderFailure } from '../../app/encoder-failures.js';
import type { TeecamError } from '../../base/error.js';
import { PROTOCOL_VERSION } from '../../camera/messages.js';
import { localTime } from '../../camera/slate-svg.js';
import type { Capabilities, MissingElement } from '../../plan/capabilities.js';
import { copiesOf } from '../../plan/capture-format.js';
import { h264Encoders } from '../../plan/encoders.js';
import { packageOf } from '../../plan/packages.js';
import type { Profile } from '../../profile/profile.js';
import { lacking } from '../check.js';
import { type Finding, fault, fine, warning } from './finding.js';

const nodeFloor: Version = [20, 9];
const gstreamerFloor: Version = [1, 22];
const build = 'scripts/start builds it; without it: npm run build';

type Version = [major: number, minor: number];

/** Either what speaks this protocol, or the sentence that says why it cannot be asked. */
export type Native = { gstreamer: string; protocol: number } | { trouble: string };
export type Worker = { protocol: number } | { trouble: string };

export function checkNode(version: string): Finding {
  if (isAtLeast(version, nodeFloor)) return fine('node', `Node ${version}`);
  const message = `Node ${version} is older than ${nodeFloor.join('.')}`;
  return fault('node', 'missing-native', message, 'scripts/start brings a newer one');
}

export function checkNative(native: Native): Finding {
  if ('trouble' in native) return fault('native', 'missing-native', native.trouble, build);
  return sameProtocol('native', 'the addon', native.protocol);
}

export function checkWorker(worker: Worker): Finding {
  if ('trouble' in worker) return fault('worker', 'missing-native', worker.trouble, build);
  return sameProtocol('worker', 'teecam-worker', worker.protocol);
}

export function checkGstreamer(text: string): Finding {
  const version = /\d+\.\d+(\.\d+)*/.exec(text)?.[0] ?? text;
  if (isAtLeast(version, gstreamerFloor)) return fine('gstreamer', `GStreamer ${version}`);
  return fault(
    'gstreamer',
    'missing-element',
    `GStreamer ${version} is older than ${gstreamerFloor.join('.')}, the oldest that Teecam is tested with`,
    'use Debian 12, Ubuntu 24.04 or newer',
  );
}

export function checkElements(profile: Profile, capabilities: Capabilities): Finding[] {
  const missing = lacking(profile, capabilities);
  if (missing.length === 0) return [fine('elements', 'every element that the profile needs is there')];
  return missing.map((error) =>
    fault('elements', 'missing-element', withoutCommand(error), installCommand(error)),
  );
}

/** Nothing for a profile that copies from no camera of the network. */
export function checkH265({ cameras }: Profile, { elements }: Capabilities): Finding[] {
  const copying = Object.entries(cameras)
    .filter(([, camera]) => camera.source.some(({ kind }) => kind === 'rtsp') && copiesOf(camera).length > 0)
    .map(([name]) => name);
  if (copying.length === 0) return [];
  if (elements['x265enc'] === true) return [fine('h265', 'H.265 of cameras can be copied')];
  const message = `x265enc is missing, so H.265 cannot be copied: ${copying.join(', ')}`;
  return [warning('h265', message, `sudo apt-get install ${packageOf['x265enc']}`)];
}

/** Each that exists has been tried: that it exists is no proof that it works. The first that works is used. */
export function checkEncoders({ elements, encoders = {} }: Capabilities): Finding[] {
  const found = h264Encoders.filter(({ element }) => elements[element] === true);
  const tried = found.map(({ element, hardware }) => {
    const { works = false, detail = 'it was not tried' } = encoders[element] ?? {};
    const what = `${element}, in ${hardware ? 'hardware' : 'software'}`;
    return works
      ? fine('encoders', `${what}, works: ${detail}`)
      : warning('encoders', `${what}, is refused: ${detail}`);
  });
  if (tried.some(({ level }) => level === 'ok')) return tried;
  const software = h264Encoders.find(({ hardware }) => !hardware)?.element ?? '';
  const names = h264Encoders.map(({ element }) => element).join(', ');
  const message = `none of the H.264 encoders that Teecam knows works here (${names})`;
  const install = elements[software] === true ? null : `sudo apt-get install ${packageOf[software]}`;
  return [...tried, warning('encoders', message, install)];
}

/** What becomes of an encoder shows only while it works: this is what a running appliance, or the last one, has seen. */
export function checkFailures(failures: readonly EncoderFailure[]): Finding[] {
  return failures.map(({ camera, encoder, why, since }) => {
    const when = localTime(since);
    const message = `${encoder} failed at ${when} for camera ${camera}: ${why}; another took its place for an hour`;
    return warning('encoders', message);
  });
}

export function checkFonts(work: boolean): Finding {
  if (work) return fine('fonts', 'the slate can be written');
  const message = 'there is no font, so that the slate has no text';
  return warning('fonts', message, 'sudo apt-get install fonts-dejavu-core');
}

function sameProtocol(check: string, what: string, protocol: number): Finding {
  if (protocol === PROTOCOL_VERSION) return fine(check, `${what} speaks protocol ${protocol}`);
  const message = `${what} speaks protocol ${protocol}, this program ${PROTOCOL_VERSION}`;
  return fault(check, 'missing-native', message, build);
}

/** The finding has it apart. An encoder that is refused has none: its packages are there. */
function withoutCommand(error: TeecamError): string {
  return installCommand(error) === null ? error.message : error.message.replace(/: [^:]*$/, '');
}

function installCommand(error: TeecamError): string | null {
  const elements = error.details['elements'] as MissingElement[];
  const packages = [...new Set(elements.map((one) => one.package))];
  if (packages.includes('unknown')) return null;
  return packages.includes('teecam') ? build : `sudo apt-get install ${packages.join(' ')}`;
}

function isAtLeast(version: string, [major, minor]: Version): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
