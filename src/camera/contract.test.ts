/** What both carriers promise, asked of the real core: a worker process, and the addon in this one. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../base/log.js';
import { loadNative } from '../native/load.js';
import type { NativePort, RingFileHandle } from '../native/port.js';
import type { BranchPlan, StageChange, StagePlan } from '../plan/graph.js';
import type { Carrier, CarrierEnds } from './carrier.js';
import { startInProcess } from './in-process-carrier.js';
import { type CoreEvent, command, event, PROTOCOL_VERSION, type Reply, reply } from './messages.js';
import { smallStage, movingPicture as source } from './testing.js';
import { startWorker } from './worker-carrier.js';

const worker =
  process.env['TEECAM_TEST_WORKER'] ??
  fileURLToPath(new URL('../../../build/Release/teecam-worker', import.meta.url));
const native: NativePort = loadNative();
const folder = await mkdtemp(join(tmpdir(), 'teecam-contract-'));
const rings: RingFileHandle[] = [];
after(async () => {
  for (const ring of rings) ring.close();
  await rm(folder, { recursive: true });
});

const inWorker = (ends: CarrierEnds): Carrier =>
  startWorker({ executable: worker, camera: 'front', log: silentLog }, ends);
const carriers: Record<string, (ends: CarrierEnds) => Carrier> = {
  worker: inWorker,
  addon: (ends) => startInProcess(native, ends),
};

/** A core and everything it said. */
class Conversation {
  readonly said: (CoreEvent | Reply)[] = [];
  readonly carrier: Carrier;
  end: string | null = null;
  #lastId = 0;
  readonly #lookers = new Set<() => void>();

  constructor(start: (ends: CarrierEnds) => Carrier) {
    this.carrier = start({
      onMessage: (json) => {
        const message: unknown = JSON.parse(json);
        const isReply = typeof message === 'object' && message !== null && 'reply' in message;
        this.said.push(isReply ? reply.parse(message) : event.parse(message));
        this.#look();
      },
      onEnd: (how) => {
        this.end = how;
        this.#look();
      },
    });
  }

  async ask(body: object): Promise<Reply> {
    const id = ++this.#lastId;
    this.carrier.send(JSON.stringify({ ...body, id }));
    const isAnswer = (said: CoreEvent | Reply): said is Reply => 'reply' in said && said.reply === id;
    return this.until(() => this.said.find(isAnswer));
  }

  async event<E extends CoreEvent['event']>(
    name: E,
    fits: (said: Extract<CoreEvent, { event: E }>) => boolean = () => true,
  ): Promise<Extract<CoreEvent, { event: E }>> {
    const isIt = (said: CoreEvent | Reply): said is Extract<CoreEvent, { event: E }> =>
      'event' in said && said.event === name && fits(said as Extract<CoreEvent, { event: E }>);
    return this.until(() => this.said.find(isIt));
  }

  async ended(): Promise<string> {
    return this.until(() => this.end ?? undefined);
  }

  /** The worker ends by itself; in process somebody lets go. */
  async stop(): Promise<void> {
    if (this.end !== null) return;
    this.carrier.send('{"type":"stop","id":1000000}');
    await this.event('stopped');
    if (this.carrier.pid === null) this.carrier.kill();
    await this.ended();
  }

  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#lookers.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#lookers.delete(look);
        reject(new Error(`it did not come; there is ${JSON.stringify(this.said)}, end ${this.end}`));
      }, 10_000);
      this.#lookers.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#lookers) look();
  }
}

let ringCount = 0;
function makeStage(): StagePlan {
  const stream = `s${ringCount++}`;
  const instance = `contract${process.pid}`;
  const ring = native.createRing(`/dev/shm/teecam.${instance}.front.${stream}`, {
    geometry: { frameCount: 64, slotCount: 0, slotSize: 0, arenaSize: 1 << 20 },
    instance,
    camera: 'front',
    stream,
    mode: 0o600,
    gid: null,
  });
  rings.push(ring);
  return smallStage(stream, ring.path);
}

const nothing: StageChange = {
  set: [],
  remove: { nodes: [], streams: [] },
  add: { nodes: [], links: [], branches: [] },
  adjust: [],
  drafts: [],
};

/** Hangs the branch of another stage on the tee. */
function addition({ graph, branches }: StagePlan): StageChange {
  const name = (id: string) => (id === 'tee' ? id : `more-${id}`);
  const ids = graph.nodes.map(({ id }) => id);
  const own = new Set(ids.slice(ids.indexOf('valve')));
  return {
    ...nothing,
    add: {
      nodes: graph.nodes.filter(({ id }) => own.has(id)).map((node) => ({ ...node, id: name(node.id) })),
      links: graph.links
        .filter(({ to }) => own.has(to))
        .map(({ from, to }) => ({ from: name(from), to: name(to) })),
      branches: branches.map((branch) => ({
        ...branch,
        valves: branch.valves.map(name),
        encoder: name('encoder'),
        sink: name('ring'),
      })),
    },
  };
}

for (const [name, start] of Object.entries(carriers)) {
  test(`${name}: ready comes first and knows every message`, async () => {
    const core = new Conversation(start);
    const ready = await core.event('ready');
    assert.equal(core.said[0], ready);
    assert.equal(ready.protocol, PROTOCOL_VERSION);
    assert.match(ready.gstreamer, /^1\.\d+\.\d+$/);
    const commands = command.options.map((option) => option.shape.type.value);
    assert.deepEqual([...ready.commands].sort(), [...commands].sort());
    const events = event.options.map((option) => option.shape.event.value);
    assert.deepEqual([...ready.events].sort(), [...events].sort());
    await core.stop();
  });

  test(`${name}: a camera from its start to its end`, async () => {
    const core = new Conversation(start);
    const stage = makeStage();
    const stream = stage.branches[0]?.stream ?? '';
    assert.equal((await core.ask({ type: 'start', plan: stage })).ok, true);
    await core.event('state', ({ state }) => state === 'starting');
    assert.equal((await core.ask({ type: 'switch-source', source })).ok, true);
    await core.event('state', ({ state }) => state === 'live');
    const format = await core.event('source');
    assert.deepEqual([format.width, format.height, format.framerate], [320, 180, [30, 1]]);

    assert.equal((await core.ask({ type: 'key-frame', stream })).ok, true);
    const stats = await core.event('stats', ({ streams }) => (streams[stream]?.published ?? 0) > 20);
    assert.ok(stats.gate.captured > 0 && stats.gate.slates > 0);
    assert.ok((streamStats(stats.streams, stream).latencyNs ?? 0) > 0);
    // Coloured bars: neither black nor white.
    const { brightness = null } = streamStats(stats.streams, stream);
    assert.ok(brightness !== null && brightness > 0.2 && brightness < 0.8, `brightness ${brightness}`);

    const slate = join(folder, `${name}.rgb`);
    await writeFile(slate, Buffer.alloc(320 * 180 * 3, 90));
    assert.equal((await core.ask({ type: 'slate', file: slate, reason: 'busy' })).ok, true);
    assert.equal((await core.ask({ type: 'switch-source', source: null })).ok, true);
    await core.event('state', ({ state }) => state === 'slate');

    await core.stop();
    assert.deepEqual(core.said.at(-1), { event: 'stopped' });
    assert.equal(core.said.filter((said) => 'event' in said && said.event === 'stopped').length, 1);
    const beforeLast = core.said.at(-2);
    assert.ok(beforeLast && 'event' in beforeLast && beforeLast.event === 'stats');
  });

  test(`${name}: a stage changes while it runs, or not at all`, async () => {
    const core = new Conversation(start);
    const stage = makeStage();
    const other = makeStage();
    const [stream, second] = [stage, other].map(({ branches }) => branches[0]?.stream ?? '');
    assert.ok(stream && second);
    assert.equal((await core.ask({ type: 'change', change: nothing })).ok, false);
    await core.ask({ type: 'start', plan: stage });
    await core.ask({ type: 'switch-source', source });
    await core.event('state', ({ state }) => state === 'live');

    const more = addition(other);
    assert.equal((await core.ask({ type: 'change', change: more })).ok, true);
    await core.event('stats', ({ streams }) => (streams[second]?.published ?? 0) > 10);
    const set = [{ node: 'encoder', property: 'bitrate', value: 500 }];
    assert.equal((await core.ask({ type: 'change', change: { ...nothing, set } })).ok, true);

    const codeOf = async (change: StageChange) => {
      const answer = await core.ask({ type: 'change', change });
      return answer.ok ? 'ok' : answer.error.code;
    };
    const remove = { nodes: more.add.nodes.map(({ id }) => id), streams: [second] };
    assert.deepEqual(
      [
        await codeOf(more),
        await codeOf({ ...nothing, set: [{ node: 'encoder', property: 'key-int-max', value: 1 }] }),
        await codeOf({ ...nothing, remove: { nodes: ['encoder'], streams: [] } }),
        await codeOf({ ...nothing, remove: { nodes: remove.nodes, streams: [] } }),
        await codeOf({ ...nothing, adjust: [{ ...more.add.branches[0], stream: 'none' } as BranchPlan] }),
        await codeOf({ ...nothing, remove }),
      ],
      ['bad-plan', 'bad-plan', 'bad-plan', 'bad-plan', 'bad-plan', 'ok'],
    );
    const { streams } = await core.event('stats', (stats) => !(second in stats.streams));
    const { published } = streamStats(streams, stream);
    await core.event('stats', (stats) => streamStats(stats.streams, stream).published > published);
    await core.stop();
  });

  test(`${name}: an element of the stage that fails is named, and ends the core`, async () => {
    const core = new Conversation(start);
    const plan = makeStage();
    const failing = { id: 'queue', element: 'identity', properties: { 'error-after': 3 } };
    const nodes = plan.graph.nodes.map((node) => (node.id === 'queue' ? failing : node));
    await core.ask({ type: 'start', plan: { ...plan, graph: { ...plan.graph, nodes } } });
    const { node, detail } = await core.event('stage-failed');
    assert.equal(node, 'queue');
    assert.notEqual(detail, '');
    await core.event('stopped');
    await core.stop();
  });

  test(`${name}: nonsense is answered, and hurts nothing`, async () => {
    const core = new Conversation(start);
    for (const text of ['', '{', '[]', 'null', '{"type":"stop"}', '"\\ud800"', '{"id":-1,"type":"stop"}']) {
      core.carrier.send(text);
    }
    await core.event('warning', ({ code }) => code === 'bad-message');
    const codes = await Promise.all(
      [
        { type: 'fly' },
        { type: 'start', plan: {} },
        { type: 'start', plan: { ...makeStage(), inlet: 'nowhere' } },
        { type: 'slate', file: 3, reason: null },
        { type: 'switch-source', source },
        { type: 'probe', kind: 'v4l2', path: '/dev/no-such-camera' },
      ].map(async (body) => {
        const answer = await core.ask(body);
        return answer.ok ? 'ok' : answer.error.code;
      }),
    );
    assert.deepEqual(codes, [
      'bad-message',
      'bad-message',
      'bad-plan',
      'bad-message',
      'bad-state',
      'no-device',
    ]);
    await core.stop();
  });

  test(`${name}: a missing element is named`, async () => {
    const core = new Conversation(start);
    const stage = makeStage();
    stage.graph.nodes.push({ id: 'extra', element: 'no-such-element', properties: {} });
    const answer = await core.ask({ type: 'start', plan: stage });
    assert.ok(!answer.ok);
    assert.equal(answer.error.code, 'missing-element');
    assert.match(answer.error.message, /no-such-element/);
    await core.stop();
  });
}

test('worker: killed, it is known at once', async () => {
  const core = new Conversation(inWorker);
  await core.event('ready');
  core.carrier.kill();
  assert.equal(await core.ended(), 'was ended by SIGKILL');
});

test('worker: SIGTERM ends it cleanly, SIGINT does not', async () => {
  const core = new Conversation(inWorker);
  await core.ask({ type: 'start', plan: makeStage() });
  process.kill(core.carrier.pid as number, 'SIGINT');
  await core.event('stats');
  process.kill(core.carrier.pid as number, 'SIGTERM');
  assert.equal(await core.ended(), 'ended with code 0');
  assert.deepEqual(core.said.at(-1), { event: 'stopped' });
});

test('worker: without its channel it says how it is meant to be started', async () => {
  const child = spawn(worker, [], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words += chunk.toString();
  });
  assert.equal(await exitCode(child), 2);
  assert.match(words, /descriptor 3/);
});

test('worker: its parent dies, and it ends', async () => {
  const parent = spawn(
    process.execPath,
    [
      '-e',
      `const c = require('node:child_process').spawn(process.argv[1], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true });
       c.stdio[3].once('data', () => console.log(c.pid));`,
      worker,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  assert.ok(existsSync(`/proc/${pid}`));
  parent.kill('SIGKILL');
  const deadline = Date.now() + 5000;
  while (existsSync(`/proc/${pid}`)) {
    assert.ok(Date.now() < deadline, `the worker ${pid} is still there`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('worker: an appliance that does not read does not hold it up', async () => {
  const child = spawn(worker, [], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const socket = child.stdio[3] as Duplex;
  socket.pause();
  const question = `${JSON.stringify({ type: 'fly', id: 1 })}\n`;
  for (let sent = 0; sent < 20_000; sent += 1) socket.write(question);
  socket.write('{"type":"stop","id":2}\n');
  assert.equal(await exitCode(child), 0);
});

test('addon: elements are looked up, and devices listed', async () => {
  assert.deepEqual(await native.elements(['x264enc', 'teecamrate', 'no-such-element']), {
    x264enc: true,
    teecamrate: true,
    'no-such-element': false,
  });
  assert.ok(Array.isArray(await native.listDevices()));
});

async function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

function streamStats<T>(streams: Record<string, T>, name: string): T {
  const found = streams[name];
  assert.ok(found);
  return found;
}
