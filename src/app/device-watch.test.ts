import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import { DeviceWatch } from './device-watch.js';
import { until } from './testing.js';

test('nodes, their rights, and names that come later are noticed, also in folders that come and go', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-dev-'));
  t.after(() => rm(folder, { recursive: true }));
  const at = (...parts: string[]) => path.join(folder, ...parts);
  let told = 0;
  using _watch = new DeviceWatch(silentLog, () => told++, { folder });
  const notices = async (what: string, change: () => Promise<unknown>) => {
    const before = told;
    await change();
    await until(what, () => told > before);
  };
  await notices('a node', () => writeFile(at('video0'), ''));
  await notices('its rights', () => chmod(at('video0'), 0o600));
  for (const round of [1, 2]) {
    await notices(`the folder of the links, ${round}`, () => mkdir(at('v4l')));
    await notices(`a folder of links, ${round}`, () => mkdir(at('v4l', 'by-id')));
    await notices(`a link, ${round}`, () => symlink('../../video0', at('v4l', 'by-id', 'usb-C920')));
    await notices(`all of it going, ${round}`, () => rm(at('v4l'), { recursive: true }));
  }
  await notices('the node going', () => rm(at('video0')));
  assert.ok(told >= 11);
});

test('what is no video device is nobody’s business', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-dev-'));
  t.after(() => rm(folder, { recursive: true }));
  let told = 0;
  using _watch = new DeviceWatch(silentLog, () => told++, { folder });
  await writeFile(path.join(folder, 'tty9'), '');
  await writeFile(path.join(folder, 'video1'), '');
  await until('the node is told', () => told > 0);
  assert.equal(told, 1);
});
