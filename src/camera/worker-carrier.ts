import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { messageOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { Carrier, CarrierEnds } from './carrier.js';
import { workerEnvironment } from './worker-environment.js';

export interface WorkerCarrierOptions {
  /** Path of `teecam-worker`. */
  executable: string;
  /** Shown by `ps`, so that a person can tell the workers apart. */
  camera: string;
  log: Log;
}

/** A core in a process of its own; JSON lines over its descriptor 3, its log on standard error. */
export function startWorker(options: WorkerCarrierOptions, ends: CarrierEnds): Carrier {
  const { log } = options;
  // Its own session: Ctrl-C in the terminal is for the appliance, which then asks its workers to stop.
  const child = spawn(options.executable, [options.camera], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
    env: environmentFor(options),
  });
  const socket = child.stdio[3] as Duplex;

  let how: string | null = null;
  child.on('error', (error) => {
    how ??= `cannot be started: ${messageOf(error)}`;
  });
  child.on('exit', (code, signal) => {
    how ??= signal ? `was ended by ${signal}` : `ended with code ${code}`;
  });
  // `close` comes after the exit and after the last byte of every pipe.
  const atEnd = () => ends.onEnd(how ?? 'ended');
  child.on('close', atEnd);

  // EPIPE and ECONNRESET say what `close` says anyway.
  socket.on('error', (error) => log.debug({ err: error }, 'worker socket'));
  eachLine(socket, (line) => ends.onMessage(line));
  eachLine(child.stderr as Readable, (line) => logWorkerLine(log, line));

  return {
    pid: child.pid ?? null,
    send: (json) => void (socket.writable && socket.write(`${json}\n`)),
    kill: () => void child.kill('SIGKILL'),
    abandon: () => {
      child.off('close', atEnd).unref();
      for (const pipe of [socket, child.stderr]) pipe?.destroy();
      how ??= 'cannot be ended: a driver holds it in the kernel';
      atEnd();
    },
  };
}

function environmentFor({ camera, log }: WorkerCarrierOptions): NodeJS.ProcessEnv {
  const { env, dotFolder } = workerEnvironment(process.env, camera, process.stderr.isTTY);
  try {
    if (dotFolder !== null) mkdirSync(dotFolder, { recursive: true });
  } catch (error) {
    log.warn({ err: error }, 'GST_DEBUG_DUMP_DOT_DIR: no graphs can be written');
  }
  return env;
}

function eachLine(stream: Readable, call: (line: string) => void): void {
  // readline passes the stream's errors on; whoever made the stream deals with them.
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
    .on('line', call)
    .on('error', () => {});
}

const syslogLevels = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const;

/** Time, process, thread, level: how a line begins that GST_DEBUG asks for, colours left out. */
const gstreamerLine = /^\d+:\d\d:\d\d\.\d+\s+\d+\s+0x[0-9a-f]+\s+(\w+)\s/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal's colours begin with
const colours = /\u001b\[[0-9;]*m/g;

/**
 * A line may begin with `<N>`, syslog's levels as systemd reads them.
 * GStreamer's own have their level within; whoever asked for its details by
 * GST_DEBUG is to see them, so none is less than `info`.
 */
function logWorkerLine(log: Log, line: string): void {
  if (line === '') return;
  const [, level, text] = /^<([0-7])>\s*(.*)$/.exec(line) ?? [];
  if (level !== undefined && text !== undefined) {
    log[syslogLevels[Number(level)] ?? 'info'](text);
    return;
  }
  const [, severity] = gstreamerLine.exec(line.replace(colours, '')) ?? [];
  if (severity === 'ERROR') log.error(line);
  else if (severity === 'WARN') log.warn(line);
  else log.info(line);
}
