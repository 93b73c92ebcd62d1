import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import { faultOf } from '../camera/fault.js';
import type { ProbedSource } from '../camera/probe.js';
import { fakeDevice } from '../native/fake-device.js';
import type { NativePort, VideoDevice } from '../native/port.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { profileFromValue } from '../profile/load.js';
import { demoFor } from './demo.js';
import { SourcePlanner } from './source-planner.js';

const camera = (node: string, serial: string | null): VideoDevice => fakeDevice(node, { serial });

const planner = (devices: VideoDevice[], onBoard = false, capabilities = fullCapabilities) =>
  new SourcePlanner({ listDevices: async () => devices }, capabilities, silentLog, async () => onBoard);

const profileOf = (source: string) =>
  profileFromValue(
    {
      cameras: {
        front: { source, streams: { low: { codec: 'jpeg', width: 64, height: 48, framerate: 5 } } },
      },
    },
    '/',
  ).profile;

function sourceOf(text: string) {
  const [source] = profileOf(text).cameras['front']?.source ?? [];
  assert.ok(source);
  return source;
}

const faultsWith = (reason: string) => (error: unknown) => faultOf(error).reason === reason;

test('auto is the first camera, a serial number the one that has it', async () => {
  const two = planner([camera('/dev/video0', 'A1'), camera('/dev/video2', 'B2')]);
  assert.deepEqual(await two.resolve(sourceOf('auto')), { kind: 'v4l2', device: '/dev/video0' });
  assert.deepEqual(await two.resolve(sourceOf('v4l2:serial=B2')), { kind: 'v4l2', device: '/dev/video2' });
  await assert.rejects(two.resolve(sourceOf('v4l2:serial=C3')), faultsWith('no-device'));
  await assert.rejects(planner([]).resolve(sourceOf('auto')), faultsWith('no-device'));
  assert.deepEqual(await planner([]).resolve(sourceOf('v4l2:/dev/video9')), {
    kind: 'v4l2',
    device: '/dev/video9',
  });
});

test('a camera that comes back under another node is found by its links and its port', async () => {
  const links = ['/dev/v4l/by-path/pci-0'];
  const moved = planner([fakeDevice('/dev/video7', { links, bus: 'usb-1' })]);
  for (const text of ['v4l2:/dev/v4l/by-path/pci-0', 'v4l2:bus=usb-1'])
    assert.deepEqual(await moved.resolve(sourceOf(text)), { kind: 'v4l2', device: '/dev/video7' }, text);
  const link = '/dev/v4l/by-path/pci-1';
  assert.deepEqual(await moved.resolve(sourceOf(`v4l2:${link}`)), { kind: 'v4l2', device: link });
  await assert.rejects(moved.resolve(sourceOf('v4l2:bus=usb-2')), faultsWith('no-device'));
});

test('why the only camera cannot be opened is told, not that there is none', async () => {
  const fault = { reason: 'no-permission', detail: '/dev/video0: Permission denied' };
  const closed = planner([fakeDevice('/dev/video0', { serial: 'A1', fault })]);
  await assert.rejects(closed.resolve(sourceOf('auto')), faultsWith('no-permission'));
  await assert.rejects(closed.resolve(sourceOf('v4l2:serial=A1')), faultsWith('no-permission'));
});

test('auto is the camera of the board where no other is, and libcamera is there', async () => {
  const usb = camera('/dev/video8', null);
  assert.deepEqual(await planner([usb], true).resolve(sourceOf('auto')), {
    kind: 'v4l2',
    device: '/dev/video8',
  });
  assert.deepEqual(await planner([], true).resolve(sourceOf('auto')), {
    kind: 'libcamera',
    text: 'auto',
    id: null,
  });
  const without = { ...fullCapabilities, elements: { ...fullCapabilities.elements, libcamerasrc: false } };
  await assert.rejects(planner([], true, without).resolve(sourceOf('auto')), faultsWith('missing-element'));
});

test('a camera is asked what it offers, a test picture is not', async () => {
  const asked: string[] = [];
  const probe = async (source: ProbedSource) => {
    asked.push(source.kind === 'plan' ? (source.plan.graph.nodes[0]?.element ?? '') : source.path);
    return [
      {
        media: 'video/x-raw' as const,
        format: 'YUY2',
        width: 64,
        height: 48,
        framerates: [[5, 1] as [number, number]],
      },
    ];
  };
  const played = {
    auto: 'v4l2src',
    test: 'videotestsrc',
    'http://h/1': 'teecamhttpsrc',
    'rtsp://h/1': 'rtspsrc',
  };
  for (const [text, element] of Object.entries(played)) {
    const front = profileOf(text).cameras['front'];
    assert.ok(front);
    const { plan } = await planner([camera('/dev/video3', null)]).plan('front', front, text, probe);
    assert.equal(plan.graph.nodes[0]?.element, element);
  }
  assert.deepEqual(asked, ['/dev/video3', 'teecamhttpsrc', 'rtspsrc']);
});

test('what a camera will deliver is known from the list of devices, before it is opened', async () => {
  const formats: VideoDevice['formats'] = [
    { media: 'image/jpeg', format: 'JPEG', width: 64, height: 48, framerates: [[5, 1]] },
  ];
  const [jpeg, closed] = [fakeDevice('/dev/video0', { formats }), fakeDevice('/dev/video1', { formats: [] })];
  const foreseen = async (text: string, ...devices: VideoDevice[]) =>
    (await planner(devices).foresee(profileOf(text).cameras)).get('front');
  const delivery = { media: 'jpeg', width: 64, height: 48, framerate: [5, 1] };
  assert.deepEqual(await foreseen('auto', closed, jpeg), delivery);
  assert.deepEqual(await foreseen('v4l2:/dev/video0', closed, jpeg), delivery);
  const raw = { media: 'raw' };
  assert.deepEqual(await foreseen('auto', camera('/dev/video0', null)), raw);
  assert.deepEqual(await foreseen('v4l2:/dev/video1', closed, jpeg), raw, 'it tells nothing now');
  assert.deepEqual(await foreseen('auto'), raw, 'there is none yet');
  assert.deepEqual(await foreseen('test', jpeg), raw);
  const listDevices = () => assert.fail('a look that nobody needs');
  const blind = new SourcePlanner({ listDevices }, fullCapabilities, silentLog);
  assert.deepEqual((await blind.foresee(profileOf('test').cameras)).get('front'), raw);
  const none = fakeDevice('/dev/video0', { formats: formats.map((one) => ({ ...one, framerates: [] })) });
  const wrong = profileOf('auto').cameras;
  for (const one of Object.values(wrong)) one.capture.format = 'NV12';
  assert.deepEqual((await planner([none]).foresee(wrong)).get('front'), raw, 'refused when it is opened');
});

test('a folder is its videos by name; none, or no such file, is a fault', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-videos-'));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, 'empty'));
  for (const name of ['b.mp4', 'a.MKV', 'notes.txt']) await writeFile(path.join(folder, name), '');
  const resolve = (text: string) => planner([]).resolve(sourceOf(text));
  assert.deepEqual(await resolve(`file:${folder}?loop=2`), {
    kind: 'file',
    files: [path.join(folder, 'a.MKV'), path.join(folder, 'b.mp4')],
    loops: 2,
  });
  await assert.rejects(resolve(`file:${folder}/empty`), faultsWith('no-device'));
  await assert.rejects(resolve(`file:${folder}/nothing.mp4`), faultsWith('no-device'));
});

test('the demo replaces only what would wait, and only without a camera', async () => {
  const none = { listDevices: async () => [] };
  const one = { listDevices: async () => [camera('/dev/video0', null)] };
  const kindOf = async (text: string, native: Pick<NativePort, 'listDevices'>, onBoard = false) => {
    const profile = profileOf(text);
    const { adapt, notice } = await demoFor(profile, native, async () => onBoard);
    return [adapt(profile).cameras['front']?.source[0].kind, notice !== null];
  };
  assert.deepEqual(await kindOf('auto', none), ['test', true]);
  assert.deepEqual(await kindOf('auto', one), ['auto', false]);
  assert.deepEqual(await kindOf('auto', none, true), ['auto', false]);
  const fault = { reason: 'no-permission', detail: '' };
  const closed = { listDevices: async () => [fakeDevice('/dev/video0', { fault })] };
  assert.deepEqual(await kindOf('auto', closed), ['test', true]);
  assert.deepEqual(await kindOf('v4l2:/dev/video0', none), ['v4l2', false]);
});
