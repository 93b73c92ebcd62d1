import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { hasBoardCamera } from './board-camera.js';

test('a camera on a ribbon cable is known by the driver of its receiver', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-sys-'));
  t.after(() => rm(folder, { recursive: true }));
  const add = async (name: string, driver: string | null) => {
    await mkdir(path.join(folder, name, 'device'), { recursive: true });
    if (driver !== null)
      await symlink(`../../../bus/drivers/${driver}`, path.join(folder, name, 'device', 'driver'));
  };
  assert.equal(await hasBoardCamera(path.join(folder, 'none')), false);
  await add('video0', 'uvcvideo');
  await add('video1', null);
  // These are there on every Pi, with a camera or without.
  await add('video13', 'bcm2835-isp');
  await add('video20', 'pispbe');
  assert.equal(await hasBoardCamera(folder), false);
  await add('video2', 'rp1-cfe');
  assert.equal(await hasBoardCamera(folder), true);
});
