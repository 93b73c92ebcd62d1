/**
 * `npm run bench`, after a build: what Teecam costs beside the pipeline that one would write by hand, and how old frames
 * are at their viewers. docs/performance.md tells how to read it.
 *   npm run bench -- [--repetitions N] [ROW]…
 * Ends with 1 when something could not be measured, or a limit is missed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repository } from '../test/support/repository.js';
import { type Figure, measured, median } from './figure.js';
import { joined, table } from './report.js';
import { allRows } from './rows.js';

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: 'string', default: '3' } },
});
const repetitions = Number(options.repetitions);
if (!Number.isInteger(repetitions) || repetitions < 1)
  throw new Error('--repetitions takes a whole number above 0');
const known = await allRows();
const unknown = wanted.filter((name) => !known.some((row) => row.name === name));
if (unknown.length > 0)
  throw new Error(`no row ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
const rows = known.filter(({ name }) => wanted.length === 0 || wanted.includes(name));

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  kernel: release(),
  gstreamer: /GStreamer (\S+)/.exec(execFileSync('gst-launch-1.0', ['--version'], { encoding: 'utf8' }))?.[1],
  node: process.version,
  /** Over the minute before: above some tenths, others were at work. */
  loadBefore: loadavg()[0],
};
const found = new Map<string, Figure[]>();
const began = performance.now();
for (let repetition = 0; repetition < repetitions; repetition++)
  for (const row of rows) {
    if (repetition > 0 && !row.repeated) continue;
    process.stderr.write(`${row.name}, ${repetition + 1} of ${row.repeated ? repetitions : 1}\n`);
    found.set(row.name, joined(found.get(row.name), await measured(row)));
  }

const results = rows.map(({ name, title }) => ({ row: { name, title }, figures: found.get(name) ?? [] }));
const minutes = (performance.now() - began) / 60_000;
console.log(
  `${machine.cores} cores, ${machine.processor}, GStreamer ${machine.gstreamer}; load before ${machine.loadBefore?.toFixed(1)}; ${minutes.toFixed(1)} minutes\n`,
);
for (const result of results) console.log(`${table(result)}\n`);
const folder = join(repository, 'build', 'bench');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
writeFileSync(file, `${JSON.stringify({ machine, repetitions, results }, null, 2)}\n`);
console.log(file);
const missed = results
  .flatMap(({ figures }) => figures)
  .filter(({ values, limit }) => limit && median(values) > limit.atMost);
process.exitCode = missed.length > 0 ? 1 : 0;
