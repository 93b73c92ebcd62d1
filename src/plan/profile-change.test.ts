import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type JsonSchema, profileJsonSchema } from '../profile/json-schema.js';
import { profileFromValue } from '../profile/load.js';
import { applyPatch, type JsonGroup, patchAt } from '../profile/merge-patch.js';
import { type ChangeEffect, changeEffects } from '../profile/schema.js';
import { type Action, actionsOf } from './actions.js';
import { fullCapabilities } from './capabilities.js';
import { type Delivery, rawDelivery } from './delivery.js';
import {
  changeProfile,
  type ProfileChange,
  type RunningCamera,
  type StagePlanning,
} from './profile-change.js';
import { arrangeStage, encodedAnew } from './stage.js';
import { changeStage } from './stage-change.js';

const request = (camera: string, profile: RunningCamera['profile']) => {
  return { camera, profile, capabilities: fullCapabilities, instance: null, ringFolder: '/dev/shm' };
};
const planning: StagePlanning = {
  arrange: (camera, profile, delivery) => arrangeStage({ ...request(camera, profile), delivery }),
  change: (running, profile) => changeStage(running.stage, request(running.name, profile)),
  without: (_encoder, { name, profile, stage }) => encodedAnew(stage, request(name, profile)),
  with: (_encoder, { name, profile, stage }) => encodedAnew(stage, request(name, profile)),
};

const outputs = ['mjpeg', 'picture', 'shm', 'shmsink'];
const written = {
  cameras: {
    front: {
      source: 'test',
      capture: { width: 1280, height: 720, framerate: 30, onDemand: true },
      streams: {
        high: { codec: 'h264', width: 1280, height: 720, framerate: 30 },
        low: { codec: 'jpeg', width: 640, height: 360, framerate: 15, outputs },
        data: { codec: 'raw', width: 640, height: 360, framerate: 15 },
      },
    },
  },
};

const camerasOf = (value: unknown) => profileFromValue(value, '/').profile.cameras;

function running(value: unknown): RunningCamera[] {
  return Object.entries(camerasOf(value)).map(([name, profile]) => {
    return { name, profile, stage: planning.arrange(name, profile, rawDelivery) };
  });
}

/** What a merge patch of a running profile leads to. */
function changed(patch: JsonGroup, before: unknown = written): ProfileChange {
  return changeProfile(running(before), camerasOf(applyPatch(before, patch)), planning);
}

const said = (change: ProfileChange) =>
  actionsOf(change).map(({ action, camera, stream }) => [action, camera, stream].filter(Boolean).join(' '));

const inFront = (value: unknown, ...path: string[]) => patchAt(['cameras', 'front', ...path], value);

const effects: Readonly<Record<Action['action'], ChangeEffect | null>> = {
  'remove-camera': null,
  'add-camera': null,
  'restart-camera': 'camera',
  'replace-source': 'source',
  'remove-branch': 'branch',
  'rebuild-branch': 'branch',
  'add-branch': 'branch',
  'adjust-branch': 'live',
  'set-property': 'live',
  'change-outputs': 'live',
  'redraw-slate': 'live',
  'set-controls': 'live',
  'set-load': 'live',
  reorder: 'live',
  'change-limits': 'live',
};

/** The strongest of them. */
function effectOf(change: ProfileChange): ChangeEffect | undefined {
  const found = actionsOf(change).map(({ action }) => effects[action]);
  return changeEffects.findLast((effect) => found.includes(effect));
}

/** Every key of a camera or a stream that holds a value, by its path, with what the schema declares of it. */
function declared(schema: JsonSchema, path: readonly string[] = []): [string, ChangeEffect | undefined][] {
  const variants = [schema, ...(schema.oneOf ?? [])];
  return variants.flatMap(({ properties, additionalProperties }) => [
    ...Object.entries(properties ?? {}).flatMap(([key, child]) => {
      const inner = declared(child, [...path, key]);
      return inner.length > 0 ? inner : [[[...path, key].join('.'), child.change] as [string, undefined]];
    }),
    ...(additionalProperties ? declared(additionalProperties, [...path, '*']) : []),
  ]);
}

const low = ['streams', 'low'];
const high = ['streams', 'high'];
/** Another value for each key, within what the camera makes already. */
const others: Readonly<Record<string, JsonGroup>> = {
  source: inFront('test:snow', 'source'),
  'capture.width': inFront(1600, 'capture', 'width'),
  'capture.height': inFront(960, 'capture', 'height'),
  'capture.framerate': inFront(60, 'capture', 'framerate'),
  'capture.format': inFront('JPEG', 'capture', 'format'),
  'capture.onDemand': inFront(false, 'capture', 'onDemand'),
  'capture.linger': inFront('20s', 'capture', 'linger'),
  'capture.controls': inFront({ brightness: 3 }, 'capture', 'controls'),
  latency: inFront('balanced', 'latency'),
  ladder: inFront(['rate', 'size'], 'ladder'),
  'buffers.inlet': inFront(2, 'buffers', 'inlet'),
  'buffers.branch': inFront(5, 'buffers', 'branch'),
  'buffers.ring': inFront(12, 'buffers', 'ring'),
  'buffers.rtsp': inFront(50, 'buffers', 'rtsp'),
  'slate.mode': inFront('colour', 'slate', 'mode'),
  'slate.title': inFront('The door', 'slate', 'title'),
  'slate.subtitle': inFront('Back soon', 'slate', 'subtitle'),
  'slate.image': inFront('door.png', 'slate', 'image'),
  'slate.colours.background': inFront('#001122', 'slate', 'colours', 'background'),
  'slate.colours.text': inFront('#ffcc00', 'slate', 'colours', 'text'),
  'slate.framerate': inFront(2, 'slate', 'framerate'),
  'streams.*.codec': inFront({ codec: 'raw' }, ...low),
  'streams.*.width': inFront(320, ...low, 'width'),
  'streams.*.height': inFront(180, ...low, 'height'),
  'streams.*.fit': inFront('cover', ...low, 'fit'),
  'streams.*.framerate': inFront(10, ...low, 'framerate'),
  'streams.*.priority': inFront(80, ...low, 'priority'),
  'streams.*.always': inFront(true, ...low, 'always'),
  'streams.*.linger': inFront('1s', ...low, 'linger'),
  'streams.*.outputs': inFront(['rtsp', 'shm'], ...high, 'outputs'),
  'streams.*.bitrate': inFront('1M', ...high, 'bitrate'),
  'streams.*.gop': inFront(30, ...high, 'gop'),
  'streams.*.profile': inFront('main', ...high, 'profile'),
  'streams.*.encoder': inFront('openh264enc', ...high, 'encoder'),
  'streams.*.quality': inFront(50, ...low, 'quality'),
  'streams.*.port': inFront(9000, ...low, 'port'),
  'streams.*.shmsink': inFront('/run/low.sock', ...low, 'shmsink'),
  'streams.*.format': inFront('GRAY8', 'streams', 'data', 'format'),
};

test('each key takes what the schema says it takes', () => {
  const camera = profileJsonSchema.properties?.['cameras']?.additionalProperties;
  assert.ok(camera);
  const keys = declared(camera);
  assert.deepEqual([...new Set(keys.map(([key]) => key))].sort(), Object.keys(others).sort());
  const wrong = keys.flatMap(([key, effect]) => {
    const real = effectOf(changed(others[key] ?? {}));
    return real === effect ? [] : [`${key}: the schema says ${effect}, it takes ${real}`];
  });
  assert.deepEqual(wrong, []);
});

test('whatever is no camera counts from the next start on, but for limits', () => {
  const { cameras: _cameras, $schema: _schema, ...rest } = profileJsonSchema.properties ?? {};
  // allowGst is looked at each time that a profile is read.
  const live = ['allowGst', 'limits'];
  for (const [key, schema] of Object.entries(rest))
    assert.equal(schema.change, live.includes(key) ? 'live' : 'appliance', key);
});

test('nothing is done for what is so already', () => {
  assert.deepEqual(said(changed({})), []);
  assert.deepEqual(said(changed(inFront('5s', ...low, 'linger'))), []);
  assert.deepEqual(said(changed({ http: { port: 9999 } })), []);
});

test('controls alone leave the source and the stage as they are', () => {
  const [camera] = changed(inFront({ brightness: 3 }, 'capture', 'controls')).changed;
  assert.ok(camera && 'change' in camera.step);
  const { set, add, remove } = camera.step.change;
  assert.deepEqual([camera.source, camera.controls, set, add.nodes, remove.nodes], [false, true, [], [], []]);
});

test('cameras come and go, and the order is that of the profile', () => {
  const side = { source: 'test', streams: { tiny: { codec: 'jpeg', width: 64, height: 48, framerate: 5 } } };
  assert.deepEqual(said(changed({ cameras: { side } })), ['add-camera side']);
  const two = { cameras: { ...written.cameras, side } };
  assert.deepEqual(said(changed({ cameras: { front: null } }, two)), ['remove-camera front']);
  const back = changeProfile(running(two), camerasOf({ cameras: { side, ...written.cameras } }), planning);
  assert.deepEqual([said(back), back.order], [['reorder'], ['side', 'front']]);
  const replaced = changed({ cameras: { front: null, back: side, side: { source: 'test:snow' } } }, two);
  assert.deepEqual(said(replaced), ['remove-camera front', 'replace-source side', 'add-camera back']);
});

test('a camera that comes is planned for what its source will deliver', () => {
  const delivery: Delivery = { media: 'jpeg', width: 64, height: 48, framerate: [5, 1] };
  const { added } = changeProfile([], camerasOf(written), planning, new Map([['front', delivery]]));
  assert.deepEqual(added[0]?.stage.delivery, delivery);
});

test('streams come and go, and others are not touched', () => {
  const tiny = { codec: 'jpeg', width: 320, height: 180, framerate: 5 };
  assert.deepEqual(said(changed(inFront({ tiny }, 'streams'))), ['add-branch front tiny']);
  assert.deepEqual(said(changed(inFront(null, 'streams', 'data'))), ['remove-branch front data']);
  assert.deepEqual(said(changed(inFront(10, ...low, 'quality'))), ['set-property front low']);
  const faster = said(changed(inFront(60, ...high, 'framerate')));
  assert.deepEqual(faster, ['restart-camera front']);
  const { front } = written.cameras;
  const { data, ...before } = front.streams;
  const order = { cameras: { front: { ...front, streams: { data, ...before } } } };
  assert.deepEqual(said(changeProfile(running(written), camerasOf(order), planning)), ['reorder front']);
});
