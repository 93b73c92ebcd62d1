/**
 * One reader of teecam-ring-torture (native/test/torture): torture-reader.js RING SEED. Reads at random speeds
 * until the ring ends, and prints "READ TORN MISSED"; a fault ends it with 3. Frames here are copies: torn ones
 * never come.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from '../../src/base/error.js';
import { Ring } from '../../src/native/ring.js';

const stallMs = 20_000;
const [path = '', seedText = ''] = process.argv.slice(2);
const [instance = '', camera = '', stream = ''] = path.split('/teecam.')[1]?.split('.') ?? [];
let seed = Number(seedText);

/** Below 1; a linear congruence serves. */
function draw(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

function describes(data: Buffer, captureNs: number): boolean {
  const tag = BigInt(captureNs);
  const words = 16 + (Number((tag * 40503n) & 0xffffffffn) % 4081);
  let word = Number(((tag & 0xffffffffn) * 2654435761n + (tag >> 32n)) & 0xffffffffn);
  if (data.length !== words * 4) return false;
  for (let at = 0; at < data.length; at += 4) {
    if (data.readUInt32LE(at) !== word) return false;
    word = (word + 1) >>> 0;
  }
  return true;
}

function fault(what: string, sequence: number): never {
  process.stderr.write(`fault: TypeScript reader ${process.pid}: ${what}, frame ${sequence}\n`);
  process.exit(3);
}

function open(): Ring {
  for (;;) {
    try {
      return Ring.open(camera, stream, { instance });
    } catch (error) {
      if (codeOf(error) !== 'not-found') throw error; // between two files
    }
  }
}

using ring = open();
const inOrder = ring[Symbol.asyncIterator]();
const slow = draw() < 0.5;
let [read, first, last] = [0, 0, 0];
for (;;) {
  const timer = setTimeout(() => fault('it hangs', last), stallMs);
  using frame = draw() < 0.125 ? await ring.latest() : ((await inOrder.next()).value ?? null);
  clearTimeout(timer);
  if (!frame) break;
  const { sequence, captureNs } = frame.info;
  if (slow && draw() < 0.05) await delay(draw() * 10);
  if (!describes(frame.data, captureNs)) fault('it is torn', sequence);
  if (first === 0) first = sequence;
  else if (sequence <= last) fault(`the numbers went back from ${last}`, sequence);
  else if (frame.missed !== sequence - last - 1) fault(`missed since ${last} does not add up`, sequence);
  last = sequence;
  read += 1;
}
if (first !== 0 && read + ring.missed !== last - first + 1) fault('read and missed frames are not all', last);
process.stdout.write(`${read} 0 ${ring.missed}\n`);
