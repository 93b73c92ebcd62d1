/**
 * Cameras that start and stop, sources that change, or go and come back, branches that open and close: memory,
 * descriptors and threads stay where they are. Ten times as often by hand: TEECAM_ENDURANCE=10.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Child } from './support/child.js';
import { repository } from './support/repository.js';

interface Figures {
  cycle: number;
  anonymousKb: number;
  threads: number;
  descriptors: number;
}

const program = join(repository, 'dist', 'test', 'clients', 'endurance.js');
const times = Number(process.env['TEECAM_ENDURANCE'] ?? 1);
/** Of a cycle: 2000 of branches, 200 of the others were measured to leave less than a tenth of it. */
const cases = [
  { what: 'cores', count: 20, leftKb: 8 },
  { what: 'sources', count: 20, leftKb: 8 },
  { what: 'replugs', count: 1000, leftKb: 1 },
  { what: 'branches', count: 200, leftKb: 1 },
  // Memory grows for the first 250 and then no more, measured up to 1500: fewer tell nothing.
  ...(times >= 10 ? [{ what: 'reconnects', count: 60, leftKb: 2 }] : []),
] as const;
/** By which a process is larger or smaller from one moment to the next. */
const noiseKb = 1024;

/** The middle of some figures: one that is measured while a buffer is under way does not count. */
function median(figures: readonly Figures[], name: keyof Figures): number {
  const sorted = figures.map((one) => one[name]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The first half is for caches and pools to fill; what the second adds is lost. */
function judge(figures: readonly Figures[], leftKb: number): { lost: boolean; words: string } {
  const half = figures.slice(figures.length >> 1);
  const [early, late] = [half.slice(0, half.length >> 1), half.slice(half.length >> 1)];
  const grown = (name: keyof Figures) => median(late, name) - median(early, name);
  const cycles = grown('cycle');
  const words = `${(grown('anonymousKb') / cycles).toFixed(2)} kB a cycle, ${figures.at(-1)?.anonymousKb} kB in the end, ${median(late, 'threads')} threads (+${grown('threads')}), ${median(late, 'descriptors')} descriptors (+${grown('descriptors')})`;
  const lost =
    grown('anonymousKb') >= leftKb * cycles + noiseKb ||
    // A pool of GLib's or Node's may start one more thread at any time; what each cycle leaves is many.
    grown('threads') > 1 ||
    grown('descriptors') > 0;
  return { lost, words };
}

async function repeated(where: string, what: string, cycles: number): Promise<Figures[]> {
  const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
  await using child = new Child(process.execPath, ['--expose-gc', program, where, what, `${cycles}`], {
    env,
  });
  const { code } = await child.end(110_000 * (1 + times));
  assert.equal(code, 0, child.stderr);
  const figures = child.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figures);
  assert.ok(figures.length >= 20);
  return figures;
}

describe('again and again', () => {
  for (const where of ['worker', 'addon']) {
    for (const { what, count, leftKb } of cases) {
      const cycles = count * times;
      it(`${what} in the ${where}, ${cycles} times`, { timeout: 240_000 * (1 + times) }, async (context) => {
        // An allocator may take another step of memory at any time; what each cycle leaves, it leaves in every run.
        const first = judge(await repeated(where, what, cycles), leftKb);
        context.diagnostic(first.words);
        if (!first.lost) return;
        const second = judge(await repeated(where, what, cycles), leftKb);
        assert.ok(!second.lost, `${first.words}; ${second.words}`);
      });
    }
  }
});
