import { type Figure, median, type Row } from './figure.js';

export interface Measured {
  row: Pick<Row, 'name' | 'title'>;
  figures: Figure[];
}

/** For people: the median, and the least and the most where there are several values. */
export function table({ row, figures }: Measured): string {
  const lines = figures.map(({ what, unit, values, limit }) => {
    const digits = unit === 'ratio' ? 2 : 1;
    const middle = median(values);
    const spread =
      values.length > 1
        ? `${Math.min(...values).toFixed(digits)} – ${Math.max(...values).toFixed(digits)}`
        : '';
    const aim = limit
      ? `at most ${limit.atMost}, goal ${limit.goal}${middle > limit.atMost ? '  MISSED' : ''}`
      : '';
    return `  ${what.padEnd(42)} ${middle.toFixed(digits).padStart(8)} ${unit.padEnd(12)} ${spread.padEnd(16)} ${aim}`.trimEnd();
  });
  return [`${row.title}`, ...lines].join('\n');
}

/** Values of a repetition behind those of earlier ones. Throws when it measured something else. */
export function joined(earlier: readonly Figure[] | undefined, figures: readonly Figure[]): Figure[] {
  if (figures.length === 0) throw new Error('a row measured nothing');
  return figures.map((figure, i) => {
    if (figure.values.length === 0 || !figure.values.every(Number.isFinite))
      throw new Error(`${figure.what}: measured ${figure.values.join() || 'nothing'}`);
    const before = earlier?.[i];
    if (earlier && before?.what !== figure.what) throw new Error(`${figure.what} was not measured before`);
    return { ...figure, values: [...(before?.values ?? []), ...figure.values] };
  });
}
