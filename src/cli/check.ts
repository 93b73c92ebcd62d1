import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { readProfileFile } from '../app/profile-file.js';
import { TeecamError } from '../base/error.js';
import { redact } from '../base/redact.js';
import { type Capabilities, fullCapabilities, type MissingElement } from '../plan/capabilities.js';
import type { LoadedProfile } from '../profile/load.js';
import type { Profile } from '../profile/profile.js';
import { collect } from './collect.js';
import { plansOf } from './graph.js';
import { summarize } from './summary.js';

/** What the machine has; null where GStreamer cannot be asked. */
export type LookAtMachine = () => Promise<Capabilities | null>;

export function addCheckCommand(program: Command, lookAtMachine: LookAtMachine): void {
  program
    .command('check')
    .description('name every fault of a profile, or tell what it would make')
    .argument('<profile>', 'YAML or JSON')
    .option('--set <path=value>', 'override a part of the profile, as often as needed', collect, [])
    .action(async (file: string, options: { set: string[] }) => {
      const loaded = await readProfileFile(file, options.set);
      process.stdout.write(checked(file, loaded, await lookAtMachine()));
    });
}

/** The summary. Throws `missing-element` with all that the machine lacks; null: the machine is not asked. */
export function checked(
  file: string,
  { profile, warnings }: LoadedProfile,
  capabilities: Capabilities | null,
): string {
  const missing = lacking(profile, capabilities ?? fullCapabilities);
  if (missing.length > 0) throw allMissing(missing);
  const unasked = capabilities ? [] : ['GStreamer could not be asked which elements it has'];
  const notes = [...warnings, ...missingFiles(profile), ...unasked].map((warning) => `note: ${warning}\n`);
  return [`${file} is right\n`, ...notes, '\n', summarize(profile, capabilities ?? fullCapabilities)].join(
    '',
  );
}

/** What the streams of this profile need and the machine lacks: a `missing-element` each. */
export function lacking(profile: Profile, capabilities: Capabilities): TeecamError[] {
  const missing = new Map<string, TeecamError>();
  for (const [camera, one] of Object.entries(profile.cameras)) {
    for (const [name, stream] of Object.entries(one.streams)) {
      const part = { ...profile, cameras: { [camera]: { ...one, streams: { [name]: stream } } } };
      try {
        plansOf(part, capabilities);
      } catch (error) {
        if (!(error instanceof TeecamError && error.code === 'missing-element')) throw error;
        missing.set(error.message, error);
      }
    }
  }
  return [...missing.values()];
}

/** Not a fault of the profile: it may be meant for another machine. */
function missingFiles(profile: Profile): string[] {
  return Object.entries(profile.cameras).flatMap(([camera, { source }]) =>
    source
      .flatMap((one) => (one.kind === 'file' ? one.paths : []))
      .filter((path) => !existsSync(path))
      .map((path) => `cameras.${camera}.source: there is no ${redact(path)} here, and run needs it`),
  );
}

function allMissing(errors: readonly TeecamError[]): TeecamError {
  const elements = errors.flatMap((error) => error.details['elements'] as MissingElement[]);
  return new TeecamError('missing-element', errors.map((error) => error.message).join('\n'), {
    details: { elements },
  });
}
