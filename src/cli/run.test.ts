import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isAlive, ringsOf, smallProfile, until } from '../app/testing.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));

interface Running {
  child: ChildProcess;
  file: string;
  output(): string;
  ended: Promise<number | null>;
}

async function run(t: test.TestContext, profile: object, ...more: string[]): Promise<Running> {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-run-'));
  const file = path.join(folder, 'profile.json');
  await writeFile(file, JSON.stringify(profile));
  const env = { ...process.env, RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder };
  const child = spawn(process.execPath, [main, 'run', file, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'close').then(() => child.exitCode);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  });
  return { child, file, output: () => output, ended };
}

/** The worker of a process, from what the kernel knows. */
function workersOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

const running = ({ output }: Running) => until('it says that it runs', () => output().includes('is running'));

test('SIGTERM ends it cleanly, within five seconds', { timeout: 60_000 }, async (t) => {
  const profile = smallProfile();
  const teecam = await run(t, profile);
  await running(teecam);
  assert.match(teecam.output(), /http:\/\/127\.0\.0\.1:\d+\/front\/low\.mjpg/);
  assert.match(teecam.output(), /rtsp:\/\/127\.0\.0\.1:\d+\/front\/high/);
  const workers = workersOf(teecam.child.pid ?? 0);
  assert.equal(workers.length, 1);
  teecam.child.kill('SIGHUP');
  const begin = performance.now();
  teecam.child.kill('SIGTERM');
  assert.equal(await teecam.ended, 0);
  assert.ok(performance.now() - begin < 5000);
  assert.deepEqual(ringsOf(profile.instance), []);
  assert.deepEqual(workers.filter(isAlive), []);
});

test('SIGHUP reads the profile again; a fault in it changes nothing', { timeout: 60_000 }, async (t) => {
  const profile = smallProfile();
  const teecam = await run(t, profile);
  await running(teecam);
  const [, base = ''] = /(http:\/\/\S+)\/$/m.exec(teecam.output()) ?? [];
  const cameras = async () => {
    const all = (await (await fetch(`${base}/api/v1/cameras`)).json()) as { name: string }[];
    return all.map(({ name }) => name).join();
  };
  await writeFile(teecam.file, JSON.stringify({ ...profile, cameras: { front: { sauce: 'test' } } }));
  teecam.child.kill('SIGHUP');
  await until('the fault is told', () => /not reloaded.*sauce|sauce.*not reloaded/.test(teecam.output()));
  assert.equal(await cameras(), 'front');
  const both = { ...profile.cameras, ...smallProfile(['back']).cameras };
  await writeFile(teecam.file, JSON.stringify({ ...profile, cameras: both }));
  teecam.child.kill('SIGHUP');
  await until('the other camera is there', async () => (await cameras()) === 'front,back');
  teecam.child.kill('SIGTERM');
  assert.equal(await teecam.ended, 0);
});

test('after SIGKILL the worker ends, and the next run takes the rings over', {
  timeout: 60_000,
}, async (t) => {
  const profile = smallProfile(['front', 'back']);
  const first = await run(t, profile);
  await running(first);
  const workers = workersOf(first.child.pid ?? 0);
  const inodes = () => ringsOf(profile.instance).map((name) => statSync(`/dev/shm/${name}`).ino);
  const before = inodes();
  first.child.kill('SIGKILL');
  await first.ended;
  await until('its workers have ended', () => !workers.some(isAlive));
  assert.deepEqual(inodes(), before, 'a killed run removes nothing');

  const { back: _gone, ...cameras } = profile.cameras;
  const second = await run(t, { ...profile, cameras });
  await running(second);
  assert.deepEqual(
    ringsOf(profile.instance),
    ['high', 'low'].map((stream) => `teecam.${profile.instance}.front.${stream}`),
  );
  assert.deepEqual(inodes(), before.slice(2), 'the same files');
  second.child.kill('SIGINT');
  assert.equal(await second.ended, 0);
  assert.deepEqual(ringsOf(profile.instance), []);
});

test('exit codes: wrong usage, wrong profile, a port in use', { timeout: 60_000 }, async (t) => {
  const profile = smallProfile();
  const usage = await run(t, profile, '--bogus');
  assert.equal(await usage.ended, 2);
  const wrong = await run(t, profile, '--set', 'cameras.front.source=nonsense:');
  assert.equal(await wrong.ended, 78);
  assert.match(wrong.output(), /cameras\.front\.source/);
  assert.equal(wrong.output().split('\n').length, 2, 'one line');

  const first = await run(t, profile);
  await running(first);
  const port = /http:\/\/127\.0\.0\.1:(\d+)\/$/m.exec(first.output())?.[1];
  const second = await run(t, { ...smallProfile(), http: { port: Number(port) } });
  assert.equal(await second.ended, 75);
  assert.match(second.output(), new RegExp(`127\\.0\\.0\\.1:${port} is in use`));
  first.child.kill('SIGTERM');
  await first.ended;
});
