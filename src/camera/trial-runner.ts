/** Tries an encoder or a decoder in a process of its own: one that crashes or hangs takes nobody along. */
import { spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { messageOf } from '../base/error.js';
import { type EncoderFacts, type EncoderTrial, encoderFacts } from '../plan/encoder-trial.js';
import { workerEnvironment } from './worker-environment.js';

/** `trouble`: why there are no facts, as a sentence. */
export type TrialOutcome = { facts: EncoderFacts } | { trouble: string };

export interface TrialOptions {
  /** Path of `teecam-worker`. */
  executable: string;
  deadlineMs: number;
  /** Ends it early, as the deadline does. */
  signal?: AbortSignal;
}

/** Never rejects. A process that outlives the deadline is killed, and not waited for: a driver may hold it. */
export function runTrial(
  trial: EncoderTrial,
  { executable, deadlineMs, signal }: TrialOptions,
): Promise<TrialOutcome> {
  const { env } = workerEnvironment(process.env, 'trial', process.stderr.isTTY);
  const child = spawn(executable, ['--try-encoder'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], env });
  const channel = child.stdio[3] as Duplex & Readable;
  return new Promise((resolve) => {
    let answer = '';
    const letGo = (trouble: string) => {
      child.kill('SIGKILL');
      child.unref();
      channel.destroy();
      end({ trouble });
    };
    const timer = setTimeout(() => letGo(`it gave no answer within ${deadlineMs / 1000} s`), deadlineMs);
    const abort = () => letGo('it was broken off');
    signal?.addEventListener('abort', abort);
    const read = text(channel).then(
      (said) => {
        answer = said;
      },
      () => {}, // what became of the process says more
    );
    channel.on('error', () => {}); // likewise
    child.on('error', (error) => end({ trouble: `its process cannot be started: ${messageOf(error)}` }));
    child.on('exit', (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      void read.then(() => end(outcome(answer) ?? { trouble: `its process ${how}` }));
    });
    channel.write(`${JSON.stringify(trial)}\n`);
    function end(found: TrialOutcome): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve(found);
    }
  });
}

/** Null: it is no answer. */
function outcome(answer: string): TrialOutcome | null {
  try {
    const value: unknown = JSON.parse(answer);
    if (typeof value === 'object' && value !== null && 'error' in value)
      return { trouble: String(value.error) };
    return { facts: encoderFacts.parse(value) };
  } catch {
    return null; // it ended before it could say anything
  }
}
