import { type Command, Option } from 'commander';
import { Appliance } from '../app/appliance.js';
import { defaultProfilePath } from '../app/package.js';
import { exitCodes } from '../base/exit-code.js';
import { createLog, type Log, type LogLevel, logLevels } from '../base/log.js';
import { banner } from './banner.js';
import { collect } from './collect.js';

const closeDeadlineMs = 4800;

interface RunOptions {
  set: string[];
  demo: boolean;
  lan: boolean;
  logLevel: LogLevel;
}

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('run the appliance until it is told to stop')
    .argument('[profile]', 'YAML or JSON', defaultProfilePath)
    .option('--set <path=value>', 'override a part of the profile, as often as needed', collect, [])
    .option('--lan', 'listen on all addresses, and ask for a password', false)
    .option('--demo', 'a moving test picture where no camera is connected', false)
    .addOption(new Option('--log-level <level>', 'what is worth a line').choices(logLevels).default('info'))
    .action((profile: string, options: RunOptions) => run(profile, options));
}

/** Ends, after the appliance has; rejects when it cannot be started. */
async function run(profile: string, { set, demo, lan, logLevel }: RunOptions): Promise<void> {
  const log = createLog({ level: logLevel });
  let leftovers = () => {};
  const abandon = () => leftovers();
  endAtOnceOnBugs(log, abandon);
  const stopped = stopSignal(log, abandon);
  // From the signal on, also while it starts.
  void stopped.then(() => endAtDeadline(log, abandon));
  const onAbandonable = (remove: () => void) => {
    leftovers = remove;
  };
  const starting = Appliance.start(profile, { set, demo, lan, log, onAbandonable });
  reloadAtHangup(starting, log);
  const appliance = await starting;
  process.stdout.write(banner(appliance));
  await stopped;
  await appliance.close();
  log.info('stopped');
}

/** Also when a terminal closes, which is no reason to stop: then there is nothing new in the file. */
function reloadAtHangup(starting: Promise<Appliance>, log: Log): void {
  process.on('SIGHUP', () => {
    log.info('SIGHUP: reading the profile again');
    starting
      .then((appliance) => appliance.reload())
      .then(({ actions, needsRestart }) => log.info({ actions: actions.length, needsRestart }, 'reloaded'))
      .catch((error: unknown) =>
        log.error({ err: error }, 'the profile is not reloaded; all goes on as before'),
      );
  });
}

/** A part that hangs while it closes must not keep the rest: service managers count on five seconds. */
function endAtDeadline(log: Log, abandon: () => void): void {
  const end = () => {
    log.error({ deadlineMs: closeDeadlineMs }, 'not everything could be closed in time');
    abandon();
    process.exit(exitCodes.internal);
  };
  setTimeout(end, closeDeadlineMs).unref();
}

/** Resolves at the first signal to stop; at the second the process ends there and then. */
function stopSignal(log: Log, abandon: () => void): Promise<void> {
  let asked = false;
  return new Promise((resolve) => {
    for (const [signal, number] of [
      ['SIGTERM', 15],
      ['SIGINT', 2],
    ] as const) {
      process.on(signal, () => {
        if (asked) {
          abandon();
          process.exit(128 + number);
        }
        asked = true;
        log.info(`${signal}: stopping`);
        resolve();
      });
    }
  });
}

/** After a fault of the program itself nothing it does can be trusted; the service manager starts it anew. */
function endAtOnceOnBugs(log: Log, abandon: () => void): void {
  const end = (error: unknown) => {
    log.fatal({ err: error }, 'a fault in Teecam itself');
    try {
      abandon();
    } finally {
      process.exit(exitCodes.internal);
    }
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
