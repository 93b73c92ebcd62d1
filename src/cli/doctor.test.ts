import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadShipped } from '../../test/support/profiles.js';
import { ringPath } from '../app/ring-set.js';
import { PROTOCOL_VERSION } from '../camera/messages.js';
import { fakeDevice } from '../native/fake-device.js';
import { loadNative } from '../native/load.js';
import { RingRig } from '../native/testing.js';
import { fullCapabilities } from '../plan/capabilities.js';
import { ringGeometry } from '../plan/ring-geometry.js';
import { plannedBranches } from '../plan/testing.js';
import { profileFromValue } from '../profile/load.js';
import { fileSize } from '../ring/layout.js';
import { checkCameras } from './doctor/cameras.js';
import { checkVideoFiles } from './doctor/files.js';
import type { Finding } from './doctor/finding.js';
import { checkFolders } from './doctor/folders.js';
import { askWorker, isOwned } from './doctor/machine.js';
import { checkMemory, type RingFile } from './doctor/memory.js';
import { checkPorts, listenForReal, type TryListen } from './doctor/network.js';
import {
  checkElements,
  checkEncoders,
  checkFailures,
  checkFonts,
  checkGstreamer,
  checkNative,
  checkNode,
  checkWorker,
} from './doctor/software.js';
import { table } from './doctor.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));
const { profile } = loadShipped('default');
const { elements } = fullCapabilities;
const works = { works: true, detail: 'it takes 3 % of one core' };
const refused = { works: false, detail: 'it gives no frames' };

/** Level, and the code of a fault. */
function brief(findings: Finding | readonly Finding[]): string[] {
  return [findings].flat().map((one) => (one.level === 'fault' ? `fault ${one.code}` : one.level));
}

test('versions: Node, GStreamer, the protocol', () => {
  assert.deepEqual(brief(['22.1.0', '20.9.0', '20.8.1', '18.20.4'].map(checkNode)), [
    'ok',
    'ok',
    'fault missing-native',
    'fault missing-native',
  ]);
  assert.deepEqual(brief(['GStreamer 1.22.0', 'GStreamer 1.26.2', 'GStreamer 1.20.3'].map(checkGstreamer)), [
    'ok',
    'ok',
    'fault missing-element',
  ]);
  assert.match(checkGstreamer('GStreamer 1.20.3').message, /1\.20\.3 is older than 1\.22/);
  const gstreamer = '';
  assert.deepEqual(brief(checkNative({ gstreamer, protocol: PROTOCOL_VERSION })), ['ok']);
  assert.deepEqual(brief(checkNative({ gstreamer, protocol: 99 })), ['fault missing-native']);
  assert.deepEqual(brief(checkNative({ trouble: 'not built' })), ['fault missing-native']);
  assert.deepEqual(brief(checkWorker({ protocol: PROTOCOL_VERSION })), ['ok']);
  assert.deepEqual(brief(checkWorker({ protocol: 99 })), ['fault missing-native']);
});

test('elements that are missing, with the packages that bring them', () => {
  assert.deepEqual(brief(checkElements(profile, { elements })), ['ok']);
  const without = { ...elements, x264enc: false, openh264enc: false, jpegenc: false };
  const found = checkElements(profile, { elements: without });
  assert.ok(found.length > 1);
  assert.ok(brief(found).every((one) => one === 'fault missing-element'));
  const fixes = found.map(({ fix }) => fix);
  assert.ok(fixes.includes('sudo apt-get install gstreamer1.0-plugins-ugly'), String(fixes));
  assert.ok(fixes.includes('sudo apt-get install gstreamer1.0-plugins-good'), String(fixes));
  assert.deepEqual(brief([checkFonts(false), checkFonts(true)]), ['warning', 'ok']);
});

test('encoders: what was found, what was refused and why', () => {
  const here = { x264enc: true, openh264enc: true, v4l2h264enc: true };
  const found = checkEncoders({ elements: here, encoders: { x264enc: works, v4l2h264enc: refused } });
  assert.deepEqual(
    found.map(({ message }) => message),
    [
      'v4l2h264enc, in hardware, is refused: it gives no frames',
      'x264enc, in software, works: it takes 3 % of one core',
      'openh264enc, in software, is refused: it was not tried',
    ],
  );
  assert.deepEqual(brief(found), ['warning', 'ok', 'warning']);
  const [none, ...rest] = checkEncoders({ elements: {} });
  assert.deepEqual(
    [none?.level, none?.fix, rest],
    ['warning', 'sudo apt-get install gstreamer1.0-plugins-ugly', []],
  );
  const broken = checkEncoders({ elements: { x264enc: true }, encoders: { x264enc: refused } });
  assert.deepEqual(brief(broken), ['warning', 'warning']);
  assert.equal(broken[1]?.fix, null);
});

test('encoders that failed while they ran', () => {
  const since = new Date(2026, 10, 22, 1, 5);
  const [found, ...rest] = checkFailures([
    { camera: 'front', encoder: 'vah264enc', why: 'it takes frames and gives none', since },
  ]);
  assert.deepEqual(rest, []);
  assert.equal(found?.level, 'warning');
  assert.match(
    found?.message ?? '',
    /vah264enc failed at 2026-11-22 01:05:00 for camera front: it takes frames and gives none;/,
  );
});

test('a stream that names an encoder which is refused is told why, and no package', () => {
  const stream = { codec: 'h264', width: 640, height: 360, framerate: 30, encoder: 'v4l2h264enc' };
  const written = { cameras: { front: { source: 'test', streams: { high: stream } } } };
  const [fault, ...rest] = checkElements(profileFromValue(written, '/').profile, {
    elements,
    encoders: { v4l2h264enc: refused },
  });
  assert.equal(
    fault?.message,
    'stream front/high needs v4l2h264enc, which does not work here: it gives no frames',
  );
  assert.deepEqual([fault?.fix, rest], [null, []]);
});

test('room in /dev/shm, and the rings that are there', () => {
  const freeBytes = 2 ** 30;
  const memory = { there: true, writable: true, freeBytes, rings: [] };
  assert.deepEqual(brief(checkMemory(profile, memory)), ['ok', 'ok', 'ok']);
  assert.deepEqual(brief(checkMemory(null, memory)), ['ok', 'ok']);
  const [closed, small] = checkMemory(profile, { ...memory, writable: false, freeBytes: 2 ** 20 });
  assert.deepEqual(brief([closed, small].flatMap((one) => one ?? [])), [
    'fault no-permission',
    'fault no-space',
  ]);
  assert.match(small?.fix ?? '', /^sudo mount -o remount,size=\d+M \/dev\/shm$/);

  const planned = plannedBranches(profile.cameras['front']?.streams ?? {});
  const stream = planned['analysis'];
  assert(stream);
  const bytes = fileSize(ringGeometry(stream));
  const ring = (owned: boolean | null, path = ringPath(null, 'front', 'analysis')): RingFile => ({
    path,
    bytes,
    user: 'somebody',
    owned,
  });
  const others = ringPath('other', 'front', 'analysis');
  const rings = [ring(true), ring(false), ring(null), ring(true, others), ring(false, others)];
  assert.deepEqual(
    rings.map((one) => brief(checkMemory(profile, { ...memory, rings: [one] })).at(-1)),
    ['fault owned', 'warning', 'ok', 'ok', 'warning'],
  );
  // What a killed run left in the right size is taken over, and needs no more room.
  const branches = Object.values(planned);
  assert.ok(branches.length > 4, 'JPEG branches have rings too');
  const needed = branches.reduce((sum, one) => sum + fileSize(ringGeometry(one)), 0);
  assert.equal(brief(checkMemory(profile, { ...memory, freeBytes: needed }))[1], 'ok');
  assert.equal(brief(checkMemory(profile, { ...memory, freeBytes: needed - 1 }))[1], 'fault no-space');
  const tight = { ...memory, freeBytes: needed - bytes };
  assert.equal(brief(checkMemory(profile, tight))[1], 'fault no-space');
  assert.equal(brief(checkMemory(profile, { ...tight, rings: [ring(false)] }))[1], 'ok');
});

test('a machine without /dev/shm', () => {
  const memory = { there: false, writable: false, freeBytes: 0, rings: [] };
  assert.deepEqual(brief(checkMemory(profile, memory)), ['fault no-permission']);
});

test('folders that may not be written', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-doctor-'));
  t.after(() => rm(folder, { recursive: true }));
  const look = (RUNTIME_DIRECTORY: string, STATE_DIRECTORY: string) =>
    checkFolders({ RUNTIME_DIRECTORY, STATE_DIRECTORY });
  assert.deepEqual(brief(await look(folder, `${folder}/not/made/yet`)), ['ok', 'ok']);
  const lost = await look(`${folder}/nowhere`, '/dev/null/state');
  assert.deepEqual(brief(lost), ['fault no-permission', 'warning']);
  assert.match(lost[1]?.message ?? '', /\/dev\/null\/state may not be written/);
});

test('video files that cannot be played', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-doctor-'));
  t.after(() => rm(folder, { recursive: true }));
  const broken = path.join(folder, 'broken.mp4');
  await writeFile(broken, 'this is no video');
  const native = loadNative();
  const low = { codec: 'jpeg', width: 320, height: 180, framerate: 10 };
  const look = async (source: string) => {
    const written = { cameras: { front: { source, streams: { low } } } };
    return checkVideoFiles(profileFromValue(written, folder).profile, native);
  };
  assert.deepEqual(brief(await look('test')), []);
  const found = [...(await look(`file:${broken}`)), ...(await look('file:nowhere.mp4'))];
  assert.deepEqual(brief(found), ['fault bad-source', 'fault bad-source']);
  assert.match(found[0]?.message ?? '', /cameras\.front\.source: .*broken\.mp4/);
});

test('ports that others have', async () => {
  const refuse =
    (code: string, taken: (kind: string, port: number) => boolean): TryListen =>
    async (kind, _host, port) =>
      taken(kind, port) ? Object.assign(new Error('no'), { code }) : null;
  const busy = await checkPorts(
    profile,
    refuse('EADDRINUSE', (kind, port) => kind === 'tcp' && port === 8001),
  );
  assert.deepEqual(brief(busy), ['ok', 'ok', 'fault address-in-use', 'ok', 'ok']);
  assert.match(busy[2]?.message ?? '', /cameras\.front\.streams\.medium\.port/);
  const low = await checkPorts(
    profile,
    refuse('EACCES', (kind) => kind === 'tcp'),
  );
  assert.equal(brief(low)[0], 'fault no-permission');
  const udp = await checkPorts(
    profile,
    refuse('EADDRINUSE', (kind) => kind === 'udp'),
  );
  assert.equal(brief(udp).at(-1), 'warning');
});

test('a port that somebody listens on is not free, and is again afterwards', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const error = await listenForReal('tcp', '127.0.0.1', address.port);
  assert.equal((error as { code?: string }).code, 'EADDRINUSE');
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await listenForReal('tcp', '127.0.0.1', 0), null);
  assert.equal(await listenForReal('udp', '127.0.0.1', 0), null);
});

test('cameras, and who may use them', () => {
  const closed = { path: '/dev/video0', usable: false };
  const open = { path: '/dev/video1', usable: true };
  const camera = fakeDevice('/dev/video1');
  const busy = fakeDevice('/dev/video2', { fault: { reason: 'busy', detail: '/dev/video2 is in use' } });
  assert.deepEqual(brief(checkCameras(profile, [closed], [])), ['fault no-permission', 'warning']);
  assert.deepEqual(brief(checkCameras(profile, [closed, open], [camera])), ['warning', 'ok']);
  assert.deepEqual(brief(checkCameras(profile, [open], null)), ['ok']);
  assert.deepEqual(brief(checkCameras(profile, [open], [busy])), ['ok', 'warning']);
  assert.match(checkCameras(profile, [open], [busy])[1]?.message ?? '', /video2 is in use/);
  assert.deepEqual(brief(checkCameras(null, [closed], [])), ['warning', 'ok']);
  assert.deepEqual(brief(checkCameras(profile, [open], [], 'usable')), ['ok', 'ok']);
  const without = checkCameras(profile, [open], [], 'without-element');
  assert.deepEqual(brief(without), ['ok', 'warning']);
  assert.match(without[1]?.fix ?? '', /gstreamer1\.0-libcamera/);
});

test('the owner of a ring is seen from outside', async () => {
  await using rig = new RingRig();
  const { ino } = statSync(rig.path);
  assert.equal(isOwned(await readFile('/proc/locks', 'utf8'), ino), true);
  assert.equal(isOwned('1: OFDLCK ADVISORY  READ -1 00:19:7 0 EOF\n', 7), false);
  assert.equal(isOwned('1: OFDLCK ADVISORY  WRITE -1 00:19:7 0 0\n', 7), false);
  assert.equal(isOwned('1: OFDLCK ADVISORY  WRITE -1 00:19:17 1024 1024\n', 7), false);
});

test('a worker that is not there, or is none, is told', async () => {
  assert.match(JSON.stringify(await askWorker('/no/such/worker')), /is missing/);
  assert.match(JSON.stringify(await askWorker('/bin/true')), /ended with code 0/);
  assert.deepEqual(await askWorker(), { protocol: PROTOCOL_VERSION });
});

test('the table shows what to do, and no password', () => {
  const text = table([
    { check: 'ports', level: 'ok', message: 'free', fix: null },
    { check: 'x', level: 'fault', code: 'usage', message: 'rtsp://me:secret@host/ is wrong', fix: 'do it' },
  ]);
  assert.match(text, /^ok {7}ports {2}free\nFAULT {4}x {6}rtsp:/);
  assert.match(text, /\n +mend it: do it\n$/);
  assert.ok(!text.includes('secret'));
});

test('a real machine is examined, and a wrong profile is one fault among the rest', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, 'doctor', '--json', ...args], { encoding: 'utf8' });
  const free = ['http.port=0', 'rtsp.port=0', 'cameras.front.source=test', `instance=d${process.pid}`];
  const own = ['medium', 'low'].map((name) => `cameras.front.streams.${name}.port=0`);
  const small = ['high', 'medium', 'low', 'analysis'].flatMap((name) => [
    `cameras.front.streams.${name}.width=320`,
    `cameras.front.streams.${name}.height=180`,
  ]);
  const good = run(...[...free, ...own, ...small].flatMap((set) => ['--set', set]));
  assert.deepEqual([good.status, good.stderr], [0, ''], good.stdout);
  const { findings } = JSON.parse(good.stdout) as { findings: Finding[] };
  const checks = new Set(findings.map(({ check }) => check));
  for (const check of ['profile', 'node', 'native', 'gstreamer', 'elements', 'worker', 'room', 'ports'])
    assert.ok(checks.has(check), check);

  const wrong = run('--set', 'http.port=x');
  assert.equal(wrong.status, 78);
  assert.match(wrong.stderr, /^teecam: \d+ faults?\n$/);
  assert.match(wrong.stdout, /"check": "node"/);
});
