import type { Row } from './figure.js';
import { crowdRow } from './rows/crowd.js';
import { latencyRow } from './rows/latency.js';
import { processorRow } from './rows/processor.js';
import { footageSource, testSource } from './source.js';

/** What is measured, in this order; a new row is a file in rows/ and a line here. */
export async function allRows(): Promise<Row[]> {
  const rows = [
    processorRow('processor', 'processor and memory, test picture at 1920x1080, 60 frames/s', testSource(), {
      atMost: 0.8,
      goal: 0.6,
    }),
    latencyRow,
    crowdRow,
  ];
  if (process.env['TEECAM_FOOTAGE']) {
    const footage = await footageSource();
    rows.splice(
      1,
      0,
      // Half of the work is x264's on real pictures, and the same on both sides.
      processorRow('footage', 'processor and memory, real footage at 1920x1080, 60 frames/s', footage, {
        atMost: 0.95,
        goal: 0.8,
      }),
    );
  }
  return rows;
}
