#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { machineCapabilities } from '../app/capabilities.js';
import { packageVersion } from '../app/package.js';
import { messageOf, TeecamError } from '../base/error.js';
import { exitCodeOf, exitCodes } from '../base/exit-code.js';
import { redact } from '../base/redact.js';
import { loadNative } from '../native/load.js';
import type { Capabilities } from '../plan/capabilities.js';
import { h264Encoders } from '../plan/encoders.js';
import { addCheckCommand } from './check.js';
import { addDevicesCommand } from './devices.js';
import { addDoctorCommand } from './doctor.js';
import { addGraphCommand } from './graph.js';
import { addPasswordCommand } from './password.js';
import { addRunCommand } from './run.js';

// Before GStreamer is loaded, which colours the lines of GST_DEBUG wherever they go.
if (!process.stderr.isTTY && process.env['GST_DEBUG_COLOR_MODE'] === undefined)
  process.env['GST_DEBUG_NO_COLOR'] ??= '1';

const program = new Command('teecam')
  .description('One camera, every consumer')
  .version(packageVersion)
  .exitOverride()
  .showHelpAfterError('(teecam --help tells more)');
addRunCommand(program);
addCheckCommand(program, lookAtMachine);
addGraphCommand(program);
addDevicesCommand(program);
addDoctorCommand(program);
addPasswordCommand(program);
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
  process.exitCode = exitCodes.ok;
} catch (error) {
  process.exitCode = report(error);
}

/** Null where the native part is missing: a profile can be checked without it. */
async function lookAtMachine(): Promise<Capabilities | null> {
  try {
    return await machineCapabilities(loadNative(), {
      encoders: h264Encoders.filter(({ hardware }) => hardware),
    });
  } catch (error) {
    if (error instanceof TeecamError && error.code === 'missing-native') return null;
    throw error;
  }
}

/** What went wrong in a sentence for people, and the exit code for programs. */
function report(error: unknown): number {
  // commander has already said what was wrong, or has shown its help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const code = exitCodeOf(error);
  const stack = code === exitCodes.internal && error instanceof Error ? `\n${error.stack}` : '';
  process.stderr.write(`teecam: ${redact(messageOf(error) + stack)}\n`);
  return code;
}
