import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { readProfileFile } from '../app/profile-file.js';
import { messageOf, TeecamError } from '../base/error.js';
import { type Capabilities, capabilitiesSchema, fullCapabilities } from '../plan/capabilities.js';
import type { SourcePlan } from '../plan/graph.js';
import { renderDot } from '../plan/render/dot.js';
import type { CameraPlan } from '../plan/render/flow.js';
import { renderSvg } from '../plan/render/svg.js';
import { renderText } from '../plan/render/text.js';
import { withoutSecrets } from '../plan/secrets.js';
import { planSource, type ResolvedSource } from '../plan/source.js';
import { type ArrangedStage, arrangeStage } from '../plan/stage.js';
import type { Profile } from '../profile/profile.js';
import type { Source } from '../profile/source.js';
import { collect } from './collect.js';

const formats = ['text', 'dot', 'svg', 'json'] as const;
type Format = (typeof formats)[number];

export function addGraphCommand(program: Command): void {
  program
    .command('graph')
    .description('show the pipelines that a profile leads to')
    .argument('<profile>', 'YAML or JSON')
    .addOption(new Option('--format <format>', 'how to show them').choices(formats).default('text'))
    .option(
      '--capabilities <file>',
      'JSON with what the machine has, instead of everything that Teecam can use',
    )
    .option('--set <path=value>', 'override a part of the profile, as often as needed', collect, [])
    .action(async (file: string, options: { format: Format; capabilities?: string; set: string[] }) => {
      const { profile } = await readProfileFile(file, options.set);
      const capabilities = options.capabilities
        ? await readCapabilities(options.capabilities)
        : fullCapabilities;
      process.stdout.write(render(plansOf(profile, capabilities), options.format));
    });
}

/** What each camera would run, with its source as it would be asked for if it offers just what is wanted. For people: without secrets. */
export function plansOf(profile: Profile, capabilities: Capabilities): CameraPlan[] {
  return arrangementsOf(profile, capabilities).map(({ source, stage }) => ({
    source: { ...source, graph: withoutSecrets(source.graph) },
    stage: stage.plan,
  }));
}

/** The same with what the stages were made from. */
export function arrangementsOf(
  profile: Profile,
  capabilities: Capabilities,
): { source: SourcePlan; stage: ArrangedStage }[] {
  const { instance } = profile;
  return Object.entries(profile.cameras).map(([camera, cameraProfile]) => {
    const source = assumed(cameraProfile.source[0]);
    const { plan, delivery } = planSource(source, cameraProfile, null, capabilities);
    const request = { camera, profile: cameraProfile, delivery, capabilities, instance };
    return { source: plan, stage: arrangeStage({ ...request, ringFolder: '/dev/shm' }) };
  });
}

/** Without looking at the machine: an unknown device stands for itself. */
function assumed(source: Source): ResolvedSource {
  switch (source.kind) {
    case 'auto':
      return { kind: 'v4l2', device: 'auto' };
    case 'v4l2':
      return { kind: 'v4l2', device: source.device ?? `serial=${source.serial}` };
    case 'test':
      return { kind: 'test', pattern: source.pattern };
    case 'file':
      return { kind: 'file', files: source.paths, loops: source.loops };
    default:
      return source;
  }
}

export function render(plans: readonly CameraPlan[], format: Format): string {
  switch (format) {
    case 'text':
      return plans.map(renderText).join('\n');
    case 'dot':
      return renderDot(plans);
    case 'svg':
      return renderSvg(plans);
    case 'json':
      return `${JSON.stringify(plans, null, 2)}\n`;
  }
}

async function readCapabilities(file: string): Promise<Capabilities> {
  try {
    return capabilitiesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const message = `${file} does not tell capabilities, as teecam doctor --capabilities prints them: ${messageOf(cause)}`;
    throw new TeecamError('usage', message, { cause });
  }
}
