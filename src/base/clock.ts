/** Time as state machines see it, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls once, after `delayMs`. */
  after(delayMs: number, call: () => void): Timer;
  /** Calls again and again; does not keep the process alive. */
  every(periodMs: number, call: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
  every(periodMs, call) {
    const timer = setInterval(call, periodMs).unref();
    return { cancel: () => clearInterval(timer) };
  },
};

/** Rejects with `error()` when the promise takes longer. The promise itself goes on. */
export async function withDeadline<T>(
  promise: Promise<T>,
  deadlineMs: number,
  error: () => Error,
  clock: Clock = systemClock,
): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(deadlineMs, () => reject(error()));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer?.cancel();
  }
}
