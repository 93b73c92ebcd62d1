import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition: asks until the answer is neither null, undefined nor
 * false, and returns it. Rejects at the deadline with the last error, or with
 * what it was waiting for.
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { withinMs = 20_000, everyMs = 50 }: { withinMs?: number; everyMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) {
        return answer as NonNullable<Exclude<T, false>>;
      }
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${what}`, { cause: failure });
    await delay(everyMs);
  }
}
