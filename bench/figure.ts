/** One thing measured, with a value for each time that it was measured. */
export interface Figure {
  what: string;
  unit: string;
  values: number[];
  /** What a release must reach, and what is aimed at; for figures that hold on any machine. */
  limit?: { atMost: number; goal: number };
}

/** A row of the table: measured once for each repetition, in turn with the other rows. */
export interface Row {
  name: string;
  title: string;
  /** Rows whose figures are distributions of their own need no repetition. */
  repeated: boolean;
  /** Throws when it measured nothing, or something else than it says. */
  measure(): Promise<Figure[]>;
}

/** What was measured means nothing, since the machine did not keep up. */
export class SpoiltError extends Error {}

/** Tries again while others spoil it. */
export async function measured(row: Row): Promise<Figure[]> {
  for (let attempt = 1; ; attempt++)
    try {
      return await row.measure();
    } catch (error) {
      if (!(error instanceof SpoiltError) || attempt === attempts) throw error;
      process.stderr.write(`once more: ${error.message}\n`);
    }
}
const attempts = 3;

export function percentile(values: readonly number[], part: number): number {
  if (values.length === 0) throw new Error('a percentile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN];
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
