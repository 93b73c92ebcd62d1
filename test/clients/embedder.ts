/**
 * A program that embeds an appliance and has other things to do: embedder.js PROFILE_JSON. Writes its addresses
 * as JSON, then blocks its event loop for as many milliseconds as a line of standard input says, and answers
 * `done`. Ends with its input.
 */
import { createInterface } from 'node:readline';
import { Appliance } from '../../src/index.js';

const appliance = await Appliance.start(JSON.parse(process.argv[2] ?? ''));
const { http, rtsp } = appliance.addresses;
process.stdout.write(`${JSON.stringify({ http, rtsp })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const end = performance.now() + Number(line);
  while (performance.now() < end);
  process.stdout.write('done\n');
}
await appliance.close();
