import type { LoadEvent } from '../api/load-views.js';
import type { Clock } from '../base/clock.js';
import { TeecamError } from '../base/error.js';
import type { Log } from '../base/log.js';
import { afterFailure, afterStep, type Decision, decide, freshLadder } from '../load/ladder.js';
import { loweredStream, type Step } from '../load/lowering.js';
import { qualityView } from './load-view.js';
import type { ProcessorMeter } from './processor-meter.js';
import type { ProfileControl } from './profile-control.js';
import { type LoadedCamera, type MeasuredStream, seenLoad } from './seen-load.js';

/** A step that has been taken. */
export interface HeldStep extends Step {
  /** ISO 8601. */
  since: string;
  /** A sentence. */
  reason: string;
}

export interface LoadKeeperOptions {
  cameras: { readonly all: readonly LoadedCamera[] };
  control: Pick<ProfileControl, 'steps' | 'lower'>;
  processor: Pick<ProcessorMeter, 'tick' | 'busy'>;
  clock: Clock;
  tell(event: LoadEvent): void;
  log: Log;
}

/** Above this part, every stream on the machine waits for a processor. */
const fullPart = 0.9;

/** Lowers streams while the machine cannot keep up with them, and raises them again. */
export class LoadKeeper {
  readonly #options: LoadKeeperOptions;
  #ladder;
  #stepping = false;

  constructor(options: LoadKeeperOptions) {
    this.#options = options;
    this.#ladder = freshLadder(options.clock.now());
  }

  /** Once a second. */
  tick(): void {
    const { cameras, processor, control, clock } = this.#options;
    processor.tick();
    if (this.#stepping) return;
    const machineFull = processor.busy >= fullPart;
    const streams = seenLoad(cameras.all, control.steps, machineFull);
    const now = clock.now();
    const { decision, state } = decide(this.#ladder, control.steps, { streams, machineFull }, now);
    this.#ladder = state;
    if (decision) void this.#do(decision, streams);
  }

  async #do(decision: NonNullable<Decision>, streams: readonly MeasuredStream[]): Promise<void> {
    const { control, tell, clock, log } = this.#options;
    const event = this.#event(decision, streams);
    const { camera, stream, direction, step, from, to, reason, measured } = event;
    const wanted =
      direction === 'down'
        ? [...control.steps, { ...decision.step, since: new Date().toISOString(), reason }]
        : control.steps.slice(0, -1);
    this.#stepping = true;
    try {
      await control.lower(wanted);
      if (direction === 'down' && control.steps.length < wanted.length)
        throw new TeecamError('conflict', 'the stream is another one now, or its camera would start again');
      this.#ladder = afterStep(this.#ladder, direction, clock.now());
      const facts = { camera, stream, step, from, to, measured };
      log.warn(facts, `load: ${camera}/${stream} goes ${direction} a step: ${reason}`);
      tell(event);
    } catch (error) {
      this.#ladder = afterFailure(this.#ladder, clock.now());
      log.warn(
        { err: error, camera, stream, step },
        `load: ${camera}/${stream} cannot go ${direction} a step`,
      );
    } finally {
      this.#stepping = false;
    }
  }

  #event({ direction, step }: NonNullable<Decision>, streams: readonly MeasuredStream[]): LoadEvent {
    const { control, processor, clock } = this.#options;
    const { camera, stream, rung, of } = step;
    const taken = control.steps.filter((one) => one.camera === camera && one.stream === stream);
    const after = direction === 'down' ? [...taken, step] : taken.slice(0, -1);
    const calmMs = clock.now() - this.#ladder.calmSinceMs;
    const worst = direction === 'down' ? worstOf(streams) : null;
    const seconds = worst?.seconds ?? calmMs / 1000;
    return {
      event: 'load',
      camera,
      stream,
      direction,
      step: rung,
      from: qualityView(loweredStream(of, taken)),
      to: qualityView(loweredStream(of, after)),
      reason: worst
        ? `${worst.camera}/${worst.stream} loses ${Math.round(100 * worst.part)} % of its frames`
        : `nothing was lost for ${Math.round(seconds)} s`,
      measured: {
        worst: worst && { camera: worst.camera, stream: worst.stream, place: worst.place },
        lost: hundredths(worst?.part ?? 0),
        seconds: hundredths(seconds),
        latencyMs: streams.find((one) => one.camera === camera && one.stream === stream)?.latencyMs ?? null,
        busy: hundredths(processor.busy),
      },
    };
  }
}

function worstOf(streams: readonly MeasuredStream[]) {
  const losses = streams.flatMap(({ camera, stream, lost }) =>
    lost?.lasting ? [{ camera, stream, ...lost, part: lost.lost / lost.came }] : [],
  );
  return losses.sort((a, b) => b.part - a.part)[0] ?? null;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
