import { release } from 'node:os';
import { z } from 'zod';
import { messageOf } from '../base/error.js';
import type { Log } from '../base/log.js';
import type { NativePort } from '../native/port.js';
import { type Capabilities, type EncoderTried, encoderTried } from '../plan/capabilities.js';
import { type Encoder, h264Encoders, isHardware } from '../plan/encoders.js';
import { plannedElements } from '../plan/packages.js';
import type { Profile } from '../profile/profile.js';
import { machineName, type TryEncoder } from './capabilities.js';
import { packageVersion } from './package.js';
import type { StateFolder, StateKind } from './state-folder.js';

const kind = {
  name: 'encoders',
  version: 1,
  schema: z.strictObject({
    /** What the outcomes hold for. */
    system: z.string(),
    tried: z.record(z.string(), encoderTried),
  }),
} satisfies StateKind<unknown>;
type Remembered = z.infer<typeof kind.schema>;

export interface EncoderTrialsOptions {
  native: Pick<NativePort, 'elements' | 'versions'>;
  tryEncoder: TryEncoder;
  /** Where outcomes are remembered; null: nowhere. */
  state: Pick<StateFolder, 'read' | 'write'> | null;
  log: Log;
}

/**
 * Which hardware encoders work: tried once, and remembered for as long as the
 * system is the same. A trial takes a second, and ten where a driver hangs.
 */
export class EncoderTrials {
  /** Grows with each outcome. */
  readonly capabilities: Capabilities;
  readonly #options: EncoderTrialsOptions;
  readonly #outcomes: Record<string, EncoderTried> = {};
  readonly #closing = new AbortController();
  readonly #system: string;
  readonly #hardware: readonly Encoder[];
  #known: Promise<void> = Promise.resolve();
  #again: readonly Encoder[] = [];

  private constructor(options: EncoderTrialsOptions, elements: Capabilities['elements'], system: string) {
    this.#options = options;
    this.#system = system;
    this.#hardware = h264Encoders.filter(({ element, hardware }) => hardware && elements[element] === true);
    this.capabilities = { elements, encoders: this.#outcomes };
  }

  /** Begins to try what is not known; whoever needs it waits. */
  static async begin(options: EncoderTrialsOptions): Promise<EncoderTrials> {
    const elements = await options.native.elements(plannedElements);
    const gstreamer = options.native.versions.gstreamer;
    const system = `${await machineName()}, Linux ${release()}, GStreamer ${gstreamer}, Teecam ${packageVersion}`;
    const trials = new EncoderTrials(options, elements, system);
    await trials.#begin();
    return trials;
  }

  /** Resolves when each has been tried or is remembered. */
  get known(): Promise<void> {
    return this.#known;
  }

  /** Resolves when all is known that a plan for these cameras depends on. */
  async knownFor(cameras: Profile['cameras']): Promise<void> {
    if (Object.values(cameras).some(mayUseHardware)) await this.#known;
  }

  /**
   * What was refused in an earlier run may work by now, as when another program
   * had it: it is tried while nobody waits, for the next run.
   */
  async tryAgain(): Promise<void> {
    await this.#known;
    const found = { ...this.#outcomes };
    for (const encoder of this.#again) {
      const tried = await this.#try(encoder);
      if (tried === null) return;
      found[encoder.element] = tried;
      if (tried.works)
        this.#options.log.info(
          { encoder: encoder.element },
          `${encoder.element} works now, and is used from the next start on`,
        );
    }
    if (this.#again.length > 0) await this.#remember(found);
  }

  /** Ends a trial under way. */
  close(): void {
    this.#closing.abort();
  }

  async #begin(): Promise<void> {
    if (this.#hardware.length === 0) return;
    const remembered = await this.#remembered();
    for (const { element } of this.#hardware) {
      const tried = remembered[element];
      if (tried) this.#take(element, tried, 'as remembered');
    }
    this.#again = this.#hardware.filter(({ element }) => remembered[element]?.works === false);
    const unknown = this.#hardware.filter(({ element }) => remembered[element] === undefined);
    if (unknown.length > 0) this.#known = this.#tryAll(unknown);
  }

  /** One after another: some machines have one session at a time. */
  async #tryAll(unknown: readonly Encoder[]): Promise<void> {
    for (const encoder of unknown) {
      const tried = await this.#try(encoder);
      if (tried === null) return;
      this.#take(encoder.element, tried, 'as tried now');
    }
    await this.#remember(this.#outcomes);
  }

  /** Null: it was broken off. */
  async #try(encoder: Encoder): Promise<EncoderTried | null> {
    const { signal } = this.#closing;
    if (signal.aborted) return null;
    const tried = await this.#options.tryEncoder(encoder, signal);
    return signal.aborted ? null : tried;
  }

  #take(element: string, tried: EncoderTried, how: string): void {
    this.#outcomes[element] = tried;
    const { log } = this.#options;
    if (tried.works) log.info({ encoder: element, how }, `${element} works: ${tried.detail}`);
    else log.warn({ encoder: element, how }, `${element} is not used: ${tried.detail}`);
  }

  async #remembered(): Promise<Remembered['tried']> {
    try {
      const kept = await this.#options.state?.read(kind);
      return kept?.system === this.#system ? kept.tried : {};
    } catch (error) {
      this.#options.log.warn({ err: error }, `encoders are tried anew: ${messageOf(error)}`);
      return {};
    }
  }

  async #remember(tried: Remembered['tried']): Promise<void> {
    try {
      await this.#options.state?.write(kind, { system: this.#system, tried });
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        `encoders are tried anew at the next start: ${messageOf(error)}`,
      );
    }
  }
}

function mayUseHardware({ streams }: Profile['cameras'][string]): boolean {
  return Object.values(streams).some(
    (stream) => stream.codec === 'h264' && (stream.encoder === undefined || isHardware(stream.encoder)),
  );
}
