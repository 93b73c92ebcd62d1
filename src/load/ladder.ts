/**
 * When a stream is lowered because the machine cannot keep up, when it is
 * raised again, and which one: a pure function of what was seen.
 */
import type { StreamProfile } from '../profile/profile.js';
import type { Rung } from '../profile/schema.js';
import { perSecond } from '../profile/units.js';
import { loweredStream, nextRung, type Step } from './lowering.js';

export interface SeenStream {
  camera: string;
  stream: string;
  /** What the profile says of it. */
  full: StreamProfile;
  ladder: readonly Rung[];
  /** Somebody reads it. */
  open: boolean;
  /** It is made here, and not only passed on. */
  encoded: boolean;
  /** `overloaded`: it loses frames all the time; `strained`: it loses some. */
  loss: 'overloaded' | 'strained' | 'none';
}

export interface Seen {
  streams: readonly SeenStream[];
  /** No processor has time left: any stream that is lowered helps all others. */
  machineFull: boolean;
}

/** When what is to be. Milliseconds of a clock that only grows. */
export interface LadderState {
  /** How long nothing may be lost before a step up. */
  waitMs: number;
  /** When the last step up was, as long as it has not shown that it holds. */
  triedAtMs: number | null;
  /** Nothing was lost since. */
  calmSinceMs: number;
  /** A step shows in what is seen only then. */
  settledAtMs: number;
}

export type Direction = 'down' | 'up';
export type Decision = { direction: Direction; step: Step } | null;

export const firstWaitMs = 20_000;
export const longestWaitMs = 15 * 60_000;
/** What holds for so long has nothing to do with the overload that comes after it. */
const trialMs = 120_000;
/** As long as losses are looked at, and a second more. */
export const settleMs = 5000;

export function freshLadder(nowMs: number): LadderState {
  return { waitMs: firstWaitMs, triedAtMs: null, calmSinceMs: nowMs, settledAtMs: nowMs };
}

/** What is to be done now, and the state whether or not it is. `steps`: those that hold, the last one last. */
export function decide(
  state: LadderState,
  steps: readonly Step[],
  seen: Seen,
  nowMs: number,
): { decision: Decision; state: LadderState } {
  const open = seen.streams.filter((stream) => stream.open);
  const calm = open.every(({ loss }) => loss === 'none');
  const next = held(calm ? state : { ...state, calmSinceMs: nowMs }, nowMs);
  if (nowMs < state.settledAtMs) return { decision: null, state: next };
  if (open.some(({ loss }) => loss === 'overloaded')) {
    const step = stepDown(steps, seen);
    return { decision: step && { direction: 'down', step }, state: next };
  }
  const step = steps.at(-1);
  const due = step !== undefined && nowMs - next.calmSinceMs >= next.waitMs;
  return { decision: due ? { direction: 'up', step } : null, state: next };
}

/** The state after it was done. A step up that did not hold doubles the wait for the next one. */
export function afterStep(state: LadderState, direction: Direction, nowMs: number): LadderState {
  const settled = { ...state, calmSinceMs: nowMs, settledAtMs: nowMs + settleMs };
  if (direction === 'up') return { ...settled, triedAtMs: nowMs };
  if (state.triedAtMs === null) return settled;
  return { ...settled, triedAtMs: null, waitMs: doubled(state.waitMs) };
}

/** It could not be done: that is not tried again at once. */
export function afterFailure(state: LadderState, nowMs: number): LadderState {
  return { ...state, settledAtMs: nowMs + state.waitMs, waitMs: doubled(state.waitMs) };
}

function held(state: LadderState, nowMs: number): LadderState {
  const { triedAtMs } = state;
  if (triedAtMs === null || nowMs - triedAtMs < trialMs) return state;
  return { ...state, triedAtMs: null, waitMs: firstWaitMs };
}

function doubled(waitMs: number): number {
  return Math.min(longestWaitMs, 2 * waitMs);
}

/** Null: every stream that could help is at its floor. */
function stepDown(steps: readonly Step[], { streams, machineFull }: Seen): Step | null {
  const candidates = streams.flatMap((seen) => {
    const { camera, stream, full, ladder, open, encoded, loss } = seen;
    // With time left on some processor, it is this stream's own encoder that is too slow.
    if (!open || !encoded || !(machineFull || loss === 'overloaded')) return [];
    const taken = steps.filter((step) => step.camera === camera && step.stream === stream);
    const rung = nextRung(full, taken, ladder);
    if (rung === null) return [];
    const { width, height, framerate } = loweredStream(full, taken);
    const cost = width * height * perSecond(framerate);
    const step: Step = { camera, stream, rung, of: full };
    return [{ step, order: [full.priority, ladder.indexOf(rung), taken.length, -cost] }];
  });
  const [first] = candidates.sort((a, b) => compare(a.order, b.order));
  return first?.step ?? null;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const different = a.findIndex((value, index) => value !== b[index]);
  return different < 0 ? 0 : (a[different] ?? 0) - (b[different] ?? 0);
}
