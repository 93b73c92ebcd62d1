/** The native handles themselves: wrong types, wrong times, and processes that end at a bad moment. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { loadFrom, loadNative, remedy } from './load.js';
import type { RingOptions } from './port.js';
import { RingRig } from './testing.js';

const native = loadNative();
const loader = new URL('./load.js', import.meta.url).href;

test('read refuses what is no memory', async () => {
  await using rig = new RingRig();
  const reader = native.openRing(rig.path, () => {});
  const detached = new Uint8Array(16);
  structuredClone(detached, { transfer: [detached.buffer] });
  for (const into of [null, 'text', {}, new ArrayBuffer(8), new Float64Array(8), detached]) {
    assert.throws(() => reader.read(into as unknown as Uint8Array, 'next'), TypeError);
  }
  assert.throws(() => reader.read(Buffer.alloc(8), 'newest' as 'latest'), TypeError);
  assert.deepEqual(reader.read(new Uint8Array(new SharedArrayBuffer(8)), 'next'), { kind: 'none' });
  reader.close();
});

test('a buffer that is too small is told how large, and nothing is lost', async () => {
  await using rig = new RingRig();
  const reader = native.openRing(rig.path, () => {});
  await rig.write('text 1 abc');
  assert.deepEqual(reader.read(Buffer.alloc(2), 'next'), { kind: 'buffer-too-small', needed: 3 });
  const result = reader.read(Buffer.alloc(3), 'next');
  assert.equal(result.kind === 'frame' && result.frame.sequence, 1);
  reader.close();
});

test('one wake is in flight until rearm', async () => {
  await using rig = new RingRig();
  let wakes = 0;
  let told: () => void = () => {};
  const reader = native.openRing(rig.path, () => {
    wakes++;
    told();
  });
  const woken = new Promise<void>((resolve) => {
    told = resolve;
  });
  await rig.write('count 5 2000');
  await woken;
  await rig.write('count 5 2000');
  assert.equal(wakes, 1);
  const again = new Promise<void>((resolve) => {
    told = resolve;
  });
  reader.rearm();
  await again;
  assert.equal(wakes, 2);
  reader.close();
});

test('wrong options are refused', async () => {
  await using rig = new RingRig();
  const good = rig.options();
  const wrong: unknown[] = [
    null,
    {},
    { ...good, geometry: { ...good.geometry, frameCount: 3.5 } },
    { ...good, mode: 0o1000 },
    { ...good, gid: -1 },
    { ...good, camera: 7 },
  ];
  for (const options of wrong) {
    assert.throws(() => native.createRing(`${rig.path}2`, options as RingOptions), TypeError);
  }
  assert.throws(() => native.createRing(rig.path, good), { code: 'owned' });
  assert.throws(() => native.openRing(rig.path, 'no function' as unknown as () => void), TypeError);
});

test('no room says how much', async () => {
  await using rig = new RingRig();
  const geometry = { ...rig.geometry, arenaSize: 2 ** 39 };
  assert.throws(
    () => native.createRing(`${rig.path}2`, { ...rig.options(), geometry }),
    (error: unknown) => {
      const { code, neededBytes, freeBytes } = error as {
        code: string;
        neededBytes: number;
        freeBytes: number;
      };
      assert.equal(code, 'no-space');
      assert(neededBytes > 2 ** 39 && freeBytes > 0 && freeBytes < neededBytes);
      return true;
    },
  );
});

test('a handle is used after its end', async () => {
  await using rig = new RingRig();
  const reader = native.openRing(rig.path, () => {});
  reader.close();
  reader.close();
  const { file } = rig;
  file.close();
  file.close();
  const uses = [
    () => reader.info(),
    () => reader.read(Buffer.alloc(1), 'next'),
    () => reader.rearm(),
    () => reader.requestKeyFrame(),
    () => file.readers(),
    () => file.republish(),
    () => file.newestCaptureNs(),
  ];
  for (const use of uses) assert.throws(use, { code: 'closed' });
  assert.equal(reader.reopened, 0);
  assert.equal(file.path, rig.path);
});

/** Runs a program in a process of its own: `native` is the addon, `path` the ring. */
async function run(rig: RingRig, program: string) {
  const source = `import { loadNative } from ${JSON.stringify(loader)};
    import { Worker } from 'node:worker_threads';
    const native = loadNative(); const path = ${JSON.stringify(rig.path)}; ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status, signal] = (await closed) as [number | null, string | null];
  return { stdout, stderr, status, signal };
}

test('an exception in onWake is uncaught, not lost', async () => {
  await using rig = new RingRig();
  await rig.write('text 1 a');
  const result = await run(
    rig,
    `process.on('uncaughtException', (error) => { console.log('uncaught', error.message); process.exit(7); });
     native.openRing(path, () => { throw new Error('mine'); });`,
  );
  assert.equal(result.stdout, 'uncaught mine\n');
  assert.equal(result.status, 7);
});

test('an open reader keeps the process alive, a closed one does not', async () => {
  await using rig = new RingRig();
  await rig.write('text 1 a');
  const result = await run(
    rig,
    `const reader = native.openRing(path, () => {
       console.log('woken');
       setTimeout(() => reader.close(), 20);
     });`,
  );
  assert.equal(result.stdout, 'woken\n');
  assert.equal(result.status, 0);
  assert.equal(rig.file.readers(), 0);
});

test('process.exit with readers open', async () => {
  await using rig = new RingRig();
  for (const when of ['process.exit(3)', 'setTimeout(() => process.exit(3), 5)']) {
    const result = await run(rig, `for (let i = 0; i < 4; i++) native.openRing(path, () => {}); ${when};`);
    assert.equal(result.status, 3, `${result.signal} ${result.stderr}`);
  }
  assert.equal(rig.file.readers(), 0);
});

test('a worker thread is terminated while it reads', async () => {
  await using rig = new RingRig();
  const cutShort = assert.rejects(rig.write('count 10000 200'));
  const result = await run(
    rig,
    `const source = \`import { loadNative } from ${JSON.stringify(loader)};
       import { parentPort, workerData } from 'node:worker_threads';
       const into = Buffer.alloc(4096);
       for (let i = 0; i < 4; i++) {
         const reader = loadNative().openRing(workerData, () => {
           while (reader.read(into, 'next').kind === 'frame') parentPort.postMessage('frame');
           reader.rearm();
         });
       }\`;
     for (let round = 0; round < 10; round++) {
       const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(source)), { workerData: path });
       await new Promise((resolve) => worker.once('message', resolve));
       await worker.terminate();
     }
     console.log('survived');`,
  );
  assert.equal(result.stdout, 'survived\n', result.stderr);
  assert.equal(result.status, 0, String(result.signal));
  assert.equal(rig.file.readers(), 0);
  await rig.killWriter();
  await cutShort;
});

test('a loader that fails explains itself', () => {
  assert.throws(() => loadFrom('/nowhere/teecam.node'), {
    code: 'missing-native',
    message: /not built: run "npm run build" \(tried \/nowhere\/teecam\.node/,
  });
  const folder = mkdtempSync(join(tmpdir(), 'teecam-load-'));
  const broken = join(folder, 'teecam.node');
  writeFileSync(broken, 'not a library');
  assert.throws(() => loadFrom(broken), {
    code: 'missing-native',
    message: /cannot be loaded.*npm run build/s,
  });
  rmSync(folder, { recursive: true });
  const words = 'libgstrtspserver-1.0.so.0: cannot open shared object file: No such file or directory';
  assert.match(remedy(words), /sudo apt-get install libgstrtspserver-1\.0-0$/);
  assert.match(
    remedy('libgstvideo-1.0.so.0: cannot open shared object file'),
    /libgstreamer-plugins-base1\.0-0$/,
  );
  assert.match(remedy('libodd.so.1: cannot open shared object file'), /libodd is missing/);
  assert.match(remedy('invalid ELF header'), /npm run build/);
});
