/**
 * A program that embeds Teecam's native part, and ends in a hurry:
 *   core-user.js INSTANCE exit|terminate|throw DELAY_MS
 * It has a core that streams, a reader and an RTSP server, `terminate` in a thread of Node. Ends with 7 when all
 * went as it should.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { movingPicture, smallStage } from '../../src/camera/testing.js';
import { loadNative } from '../../src/native/load.js';

const asItShould = 7;

interface Use {
  /** The core is live, and the reader was woken. */
  streaming: Promise<void>;
  close(): Promise<void>;
}

/** `onCall`: from within every listener. */
async function use(instance: string, stream: string, onCall: () => void): Promise<Use> {
  const native = loadNative();
  const geometry = { frameCount: 64, slotCount: 0, slotSize: 0, arenaSize: 1 << 20 };
  const path = `/dev/shm/teecam.${instance}.front.${stream}`;
  const ring = native.createRing(path, {
    ...{ geometry, instance, camera: 'front', stream, mode: 0o600, gid: null },
  });
  let woken = () => {};
  const wake = new Promise<void>((resolve) => {
    woken = resolve;
  });
  const reader = native.openRing(path, () => {
    reader.rearm();
    woken();
    onCall();
  });
  reader.rearm();
  let stopped = () => {};
  const end = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  let isLive = () => {};
  const live = new Promise<void>((resolve) => {
    isLive = resolve;
  });
  const core = native.createCore((json) => {
    if (json.includes('"live"')) isLive();
    if (json.includes('"stopped"')) stopped();
    onCall();
  });
  core.send(JSON.stringify({ type: 'start', plan: smallStage(stream, path), id: 1 }));
  core.send(JSON.stringify({ type: 'switch-source', source: movingPicture, id: 2 }));
  const udpPorts: [number, number] = [20_000, 20_100];
  const server = await native.createRtspServer(
    { host: '127.0.0.1', port: 0, udpPorts, multicast: null, users: null },
    onCall,
  );
  await server.mount({ path: '/front', ring: path, codec: 'h264', backlog: 30 });
  return {
    streaming: Promise.all([live, wake]).then(() => undefined),
    close: async () => {
      await Promise.all([server.close(), core.close(), end]);
      reader.close();
      ring.close();
    },
  };
}

async function exitSoon(instance: string, delayMs: number): Promise<void> {
  setTimeout(() => process.exit(asItShould), delayMs);
  await use(instance, 'exit', () => {});
}

/** The thread dies in mid-stream; the program's own core, later, is none the worse for it. */
async function terminateSoon(instance: string, delayMs: number): Promise<void> {
  const thread = new Worker(new URL(import.meta.url), { workerData: instance });
  await new Promise((resolve) => thread.once('message', resolve));
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  await thread.terminate();
  const own = await use(instance, 'own', () => {});
  await own.streaming;
  await own.close();
  process.exitCode = asItShould;
}

/** Each exception is the program's to see; the library goes on. */
async function throwAlways(instance: string): Promise<void> {
  let seen = 0;
  process.on('uncaughtException', (error) => {
    if (error.message !== 'a listener that throws') throw error;
    seen += 1;
  });
  const own = await use(instance, 'throw', () => {
    throw new Error('a listener that throws');
  });
  await own.streaming;
  await own.close();
  process.exitCode = seen > 3 ? asItShould : 1;
}

if (isMainThread) {
  const [instance = '', how = '', delayMs = '0'] = process.argv.slice(2);
  if (how === 'exit') await exitSoon(instance, Number(delayMs));
  else if (how === 'terminate') await terminateSoon(instance, Number(delayMs));
  else await throwAlways(instance);
} else {
  parentPort?.postMessage('begins');
  const inThread = await use(String(workerData), 'thread', () => {});
  await inThread.streaming;
}
