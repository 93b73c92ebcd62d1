import { z } from 'zod';
import { messageOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { StateFolder, StateKind } from './state-folder.js';

/** An encoder that failed while it ran for a camera. */
export interface EncoderFailure {
  camera: string;
  encoder: string;
  why: string;
  since: Date;
}

const kind = {
  name: 'encoder-failures',
  version: 1,
  schema: z.array(
    z.strictObject({ camera: z.string(), encoder: z.string(), why: z.string(), since: z.iso.datetime() }),
  ),
} satisfies StateKind<unknown>;

/** What is older says little of the machine as it is. */
const rememberedMs = 24 * 3_600_000;

/** Keeps failures for people who look for them later, in another process. Nothing is planned by it. */
export class EncoderFailures {
  readonly #state: StateFolder;
  readonly #log: Log;
  /** One after another: each reads what the one before it has written. */
  #turn: Promise<void> = Promise.resolve();

  constructor(state: StateFolder, log: Log) {
    this.#state = state;
    this.#log = log;
  }

  /** Resolves when all that was told is written. Never rejects. */
  get written(): Promise<void> {
    return this.#turn;
  }

  add(failure: EncoderFailure): void {
    this.#change((kept) => [...kept.filter((one) => !isSame(one, failure)), failure]);
  }

  /** It had no part in it. */
  remove(blamed: Pick<EncoderFailure, 'camera' | 'encoder'>): void {
    this.#change((kept) => kept.filter((one) => !isSame(one, blamed)));
  }

  #change(change: (kept: readonly EncoderFailure[]) => readonly EncoderFailure[]): void {
    this.#turn = this.#turn.then(async () => {
      try {
        const failures = change(await rememberedFailures(this.#state));
        const written = failures.map(({ since, ...failure }) => ({ ...failure, since: since.toISOString() }));
        await this.#state.write(kind, written);
      } catch (error) {
        this.#log.warn({ err: error }, `failures of encoders are not kept: ${messageOf(error)}`);
      }
    });
  }
}

/** Of the last day, by any run of this user. Rejects with `no-permission` or `failed`. */
export async function rememberedFailures(state: StateFolder): Promise<EncoderFailure[]> {
  const kept = (await state.peek(kind)) ?? [];
  const since = Date.now() - rememberedMs;
  return kept
    .map((failure) => ({ ...failure, since: new Date(failure.since) }))
    .filter((failure) => failure.since.getTime() > since);
}

function isSame(
  a: Pick<EncoderFailure, 'camera' | 'encoder'>,
  b: Pick<EncoderFailure, 'camera' | 'encoder'>,
): boolean {
  return a.camera === b.camera && a.encoder === b.encoder;
}
