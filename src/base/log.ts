import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { redact } from './redact.js';

export type Log = Logger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  level?: LogLevel;
  /** For people; the default when standard error is a terminal. */
  pretty?: boolean;
}

/**
 * One line of JSON each on standard error, written at once, so that the last
 * words before an exit are not lost. Addresses lose their credentials here,
 * whatever part of a line they are in.
 */
export function createLog(options: LogOptions = {}): Log {
  const forPeople = options.pretty ?? process.stderr.isTTY;
  const out = forPeople
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' })
    : pino.destination({ fd: 2, sync: true });
  return pino(
    { level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line: string) => void out.write(redact(line)) },
  );
}

/** For embedding and tests: says nothing. */
export const silentLog: Log = pino({ level: 'silent' });
