/**
 * The same thing again and again: endurance.js worker|addon cores|sources|replugs|reconnects|branches COUNT. Writes what the process
 * that holds the core uses, as a line of JSON, some forty times on the way.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../../src/base/log.js';
import type { Carrier, CarrierEnds } from '../../src/camera/carrier.js';
import { startInProcess } from '../../src/camera/in-process-carrier.js';
import { fleetingPicture, movingPicture, smallStage } from '../../src/camera/testing.js';
import { startWorker } from '../../src/camera/worker-carrier.js';
import { loadNative } from '../../src/native/load.js';
import { planRtsp } from '../../src/plan/network-source.js';
import { parseSource } from '../../src/profile/source.js';
import { h264, RtspCamera } from '../support/rtsp-camera.js';
import { until } from '../support/until.js';

const [where = '', what = '', countText = ''] = process.argv.slice(2);
const count = Number(countText);
const native = loadNative();
const instance = `endurance${process.pid}`;
const path = `/dev/shm/teecam.${instance}.front.high`;
const geometry = { frameCount: 64, slotCount: 0, slotSize: 0, arenaSize: 1 << 20 };
const ring = native.createRing(path, {
  ...{ geometry, instance, camera: 'front', stream: 'high', mode: 0o600, gid: null },
});
const executable = fileURLToPath(new URL('../../../build/Release/teecam-worker', import.meta.url));

const start = (ends: CarrierEnds): Carrier =>
  where === 'worker'
    ? startWorker({ executable, camera: 'front', log: silentLog }, ends)
    : startInProcess(native, ends);

/** A core, and what it said last. */
class Core {
  readonly carrier: Carrier;
  ended = false;
  #said: string[] = [];
  #lastId = 0;

  constructor() {
    this.carrier = start({
      onMessage: (json) => this.#said.push(json),
      onEnd: () => {
        this.ended = true;
      },
    });
  }

  send(body: object): void {
    this.carrier.send(JSON.stringify({ ...body, id: ++this.#lastId }));
  }

  async heard(...texts: string[]): Promise<void> {
    const all = () => texts.every((text) => this.#said.some((json) => json.includes(text)));
    await until(texts.join(), all, { withinMs: 30_000, everyMs: 2 });
    this.#said = [];
  }

  async stream(always: boolean): Promise<void> {
    const stage = smallStage('high', path);
    this.send({
      type: 'start',
      plan: { ...stage, branches: stage.branches.map((branch) => ({ ...branch, always })) },
    });
    await this.newSource();
  }

  async newSource(): Promise<void> {
    this.#said = [];
    this.send({ type: 'switch-source', source: movingPicture });
    await this.heard('"live"');
  }

  /** To a camera of the network. */
  async reconnect(address: string): Promise<void> {
    const source = parseSource(address, '/');
    if (source.kind !== 'rtsp') throw new Error(`${address} is no RTSP`);
    this.#said = [];
    this.send({ type: 'switch-source', source: planRtsp(source) });
    await this.heard('"live"');
  }

  /** A camera that gives a frame and is gone; so soon that it may not be told as live in between. */
  async replug(): Promise<void> {
    this.#said = [];
    this.send({ type: 'switch-source', source: fleetingPicture });
    await this.heard('"gone"');
  }

  async stop(): Promise<void> {
    this.send({ type: 'stop' });
    await this.heard('"stopped"');
    if (this.carrier.pid === null) this.carrier.kill();
    await until('the end', () => this.ended, { everyMs: 2 });
  }
}

/** Without being a reader. */
const header = openSync(path, 'r');
function ringState(): number {
  const word = Buffer.alloc(4);
  readSync(header, word, 0, 4, 384);
  return word.readUInt32LE();
}
const idle = 0;

async function openAndClose(): Promise<void> {
  const reader = native.openRing(path, () => {});
  await until('the branch is open', () => ringState() !== idle, { everyMs: 1 });
  reader.close();
  await until('the branch is closed', () => ringState() === idle, { everyMs: 1 });
}

function sample(cycle: number, pid: number): void {
  global.gc?.();
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  const figures = { cycle, anonymousKb: number('RssAnon'), threads: number('Threads'), descriptors };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function repeat(pid: () => number, cycle: () => Promise<void>): Promise<void> {
  const every = Math.max(1, Math.round(count / 40));
  for (let i = 1; i <= count; i++) {
    await cycle();
    if (i % every > 0) continue;
    await delay(200); // threads on their way out are not counted
    sample(i, pid());
  }
}

if (what === 'cores') {
  await repeat(
    () => process.pid,
    async () => {
      const core = new Core();
      await core.stream(true);
      await core.stop();
    },
  );
} else {
  await using camera = what === 'reconnects' ? await RtspCamera.start({ launch: h264(160, 120) }) : null;
  const core = new Core();
  await core.stream(what !== 'branches');
  const cycles: Readonly<Record<string, () => Promise<void>>> = {
    sources: () => core.newSource(),
    replugs: () => core.replug(),
    reconnects: () => core.reconnect(camera?.address ?? ''),
    branches: openAndClose,
  };
  const cycle = cycles[what];
  if (!cycle) throw new Error(`nothing is called ${what}`);
  await repeat(() => core.carrier.pid ?? process.pid, cycle);
  await core.stop();
}
closeSync(header);
ring.close();
