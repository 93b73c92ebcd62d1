/**
 * Plans for machines that nobody here has: from capability files, and checked
 * against what the elements are documented to take.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { repositoryUrl } from '../../test/support/repository.js';
import { type Capabilities, capabilitiesSchema } from './capabilities.js';
import { rawDelivery } from './delivery.js';
import { h264Encoder } from './encoders.js';
import type { GraphNode, KeyFrameBy, StagePlan } from './graph.js';
import { packageOf } from './packages.js';
import { renderText } from './render/text.js';
import { planSource } from './source.js';
import { planStage } from './stage.js';
import { camera } from './testing.js';

/** What a machine has beside the packages of Debian, and what is expected of it. */
const machines: Record<string, { machine: string; has: string[]; encoder: string }> = {
  'raspberry-pi-4': {
    machine: 'Raspberry Pi 4 (bcm2835-codec)',
    has: ['v4l2h264enc'],
    encoder: 'v4l2h264enc',
  },
  'raspberry-pi-5': {
    machine: 'Raspberry Pi 5, which has no H.264 encoder',
    has: [],
    encoder: 'x264enc',
  },
  'jetson-orin': {
    machine: 'Jetson Orin (JetPack)',
    has: ['nvv4l2h264enc', 'nvvidconv', 'nvarguscamerasrc'],
    encoder: 'nvv4l2h264enc',
  },
  'vaapi-pc': {
    machine: 'PC with VA-API (Intel or AMD)',
    has: ['vah264enc', 'vah264lpenc'],
    encoder: 'vah264enc',
  },
  rockchip: {
    machine: 'RK3588 (Rockchip MPP)',
    has: ['mpph264enc'],
    encoder: 'mpph264enc',
  },
};

const hardware = new Set(Object.values(machines).flatMap(({ has }) => has));
const update = process.env['UPDATE_GRAPHS'] === '1';
const remedy = 'if the change is meant: UPDATE_GRAPHS=1 npm test, and look at the difference';

function expected({ machine, has }: { machine: string; has: string[] }): Capabilities {
  const elements = Object.keys(packageOf).map((name) => [name, !hardware.has(name) || has.includes(name)]);
  const encoders = has.filter((name) => h264Encoder(name)?.hardware);
  const detail = 'not tried: taken from documentation';
  return {
    machine: `${machine}, from documentation`,
    elements: Object.fromEntries(elements),
    encoders: Object.fromEntries(encoders.map((name) => [name, { works: true, detail }])),
  };
}

function capabilitiesOf(name: string): Capabilities {
  const file = new URL(`pipelines/machines/${name}.json`, repositoryUrl);
  return capabilitiesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

const profile = camera({
  high: { codec: 'h264', width: 1920, height: 1080, framerate: 30, profile: 'high', bitrate: '4M' },
  low: { codec: 'h264', width: 640, height: 360, framerate: 15, bitrate: '800k' },
});

function planFor(name: string): StagePlan {
  const capabilities = capabilitiesOf(name);
  return planStage({
    camera: 'front',
    profile,
    delivery: rawDelivery,
    capabilities,
    instance: null,
    ringFolder: '/dev/shm',
  });
}

for (const [name, machine] of Object.entries(machines)) {
  test(`${name}: its capability file tells of every element that a plan may hold`, () => {
    const file = new URL(`pipelines/machines/${name}.json`, repositoryUrl);
    const text = `${JSON.stringify(expected(machine), null, 2)}\n`;
    if (update) writeFileSync(file, text);
    assert.equal(readFileSync(file, 'utf8'), text, remedy);
  });

  test(`${name}: the plan is the one that was looked at`, () => {
    const file = new URL(`test/data/machines/${name}.txt`, repositoryUrl);
    const capabilities = capabilitiesOf(name);
    const source = planSource({ kind: 'v4l2', device: '/dev/video0' }, profile, null, capabilities).plan;
    const text = renderText({ source, stage: planFor(name) });
    if (update) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'), remedy);
  });

  test(`${name}: both streams are encoded by ${machine.encoder}, as it is documented`, () => {
    const { graph, branches } = planFor(name);
    const used = branches.flatMap(
      ({ encoder }) => graph.nodes.find(({ id }) => id === encoder)?.element ?? [],
    );
    const h264 = used.filter((element) => element !== 'jpegenc');
    assert.deepEqual(h264, [machine.encoder, machine.encoder]);
    let checked = 0;
    for (const node of graph.nodes) {
      if (!(node.element in documented)) continue;
      checkNode(node);
      checked += 1;
    }
    for (const { encoder, keyFrameBy } of branches) {
      const element = graph.nodes.find(({ id }) => id === encoder)?.element ?? '';
      if (element in documented) checkKeyFrames(element, keyFrameBy);
    }
    if (machine.has.length > 0) assert.ok(checked >= 2, 'nothing was compared with the documentation');
    for (const branch of branches) checkCaps(graph, branch.encoder ?? '');
  });
}

test('what is set while frames pass may be, by the element’s own word', () => {
  let checked = 0;
  for (const [element, { properties }] of Object.entries(documented)) {
    for (const property of h264Encoder(element)?.live ?? []) {
      assert.equal(properties[property]?.live, true, `${element}: ${property}`);
      checked += 1;
    }
  }
  assert.ok(checked > 0);
});

interface Value {
  type: 'int' | 'boolean' | 'enum' | 'string' | 'structure';
  min?: number;
  max?: number;
  values?: string[];
  writable?: boolean;
  live?: boolean;
  fields?: Record<string, Value>;
}

interface Documented {
  input: { memory: string; formats: string[] }[];
  output: Record<string, string[]>;
  properties: Record<string, Value>;
  signals: string[];
}

const read = JSON.parse(readFileSync(new URL('test/data/encoders.json', repositoryUrl), 'utf8')) as Record<
  string,
  Documented
>;
const documented: Record<string, Documented> = {
  ...read,
  ...(read['vah264enc'] && { vah264lpenc: read['vah264enc'] }),
};

function checkNode({ id, element, properties }: GraphNode): void {
  for (const [name, value] of Object.entries(properties)) {
    const known = documented[element]?.properties[name];
    assert.ok(known && known.writable !== false, `${id}: ${element} has no property ${name} that can be set`);
    checkValue(`${id}: ${name}`, known, value);
  }
}

function checkValue(what: string, known: Value, value: string | number | boolean): void {
  switch (known.type) {
    case 'int': {
      const number = Number(value);
      assert.ok(Number.isInteger(number), `${what}=${value}`);
      assert.ok(number >= (known.min ?? 0) && number <= (known.max ?? 0), `${what}=${value}`);
      break;
    }
    case 'boolean':
      assert.equal(typeof value, 'boolean', what);
      break;
    case 'enum':
      assert.ok(known.values?.includes(String(value)), `${what}=${value}`);
      break;
    case 'string':
      assert.equal(typeof value, 'string', what);
      break;
    case 'structure': {
      const [, ...fields] = String(value).split(',');
      assert.ok(fields.length > 0, what);
      for (const field of fields) {
        const [name = '', text = ''] = field.split('=');
        const entry = known.fields?.[name];
        assert.ok(entry, `${what}: there is no ${name}`);
        checkValue(`${what}: ${name}`, entry, text);
      }
    }
  }
}

function checkKeyFrames(element: string, by: KeyFrameBy | null): void {
  if (by === null) return;
  const known = documented[element];
  if (by.by === 'signal') {
    assert.ok(known?.signals.includes(by.signal), `${element}: ${by.signal}`);
    return;
  }
  const property = known?.properties[by.property];
  assert.ok(property, `${element}: ${by.property}`);
  checkValue(`${element}: ${by.property}`, property, by.value);
}

/** What goes in, by the last caps ahead of it, and what is asked of it behind. */
function checkCaps({ nodes, links }: StagePlan['graph'], encoder: string): void {
  const element = nodes.find(({ id }) => id === encoder)?.element ?? '';
  const known = documented[element];
  if (!known) return;
  const around = (id: string, from: 'from' | 'to', to: 'from' | 'to') =>
    nodes.find((node) => node.id === links.find((link) => link[from] === id)?.[to]);
  let ahead = around(encoder, 'to', 'from');
  let caps = '';
  while (ahead && !caps.includes('format=')) {
    caps = String(ahead.properties['caps'] ?? '');
    ahead = around(ahead.id, 'to', 'from');
  }
  const memory = /\(memory:(\w+)\)/.exec(caps)?.[1] ?? 'SystemMemory';
  const format = /format=(\w+)/.exec(caps)?.[1] ?? '';
  const fits = known.input.some((one) => one.memory === memory && one.formats.includes(format));
  assert.ok(fits, `${encoder}: ${element} takes no ${caps}`);
  const behind = String(around(encoder, 'from', 'to')?.properties['caps']);
  for (const [, field = '', value = ''] of behind.matchAll(/,([\w-]+)=(?:\(string\))?([\w.-]+)/g))
    assert.ok(known.output[field]?.includes(value), `${encoder}: ${element} gives no ${field}=${value}`);
}
