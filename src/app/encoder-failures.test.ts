import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../base/log.js';
import { EncoderFailures, rememberedFailures } from './encoder-failures.js';
import { StateFolder } from './state-folder.js';

const encoder = 'vah264enc';

test('failures are there for another process, for a day, unless somebody else was to blame', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'teecam-failures-'));
  t.after(() => rm(folder, { recursive: true }));
  const state = () => new StateFolder(silentLog, folder);
  const failures = new EncoderFailures(state(), silentLog);
  const since = new Date();
  failures.add({ camera: 'front', encoder, why: 'it hangs', since: new Date(since.getTime() - 86_500_000) });
  failures.add({ camera: 'back', encoder, why: 'it hangs', since });
  failures.add({ camera: 'back', encoder, why: 'it died', since });
  failures.add({ camera: 'side', encoder, why: 'it died', since });
  failures.remove({ camera: 'side', encoder });
  await failures.written;
  assert.deepEqual(await rememberedFailures(state()), [{ camera: 'back', encoder, why: 'it died', since }]);

  const file = path.join(folder, 'encoder-failures.json');
  await writeFile(file, 'nonsense');
  assert.deepEqual(await rememberedFailures(state()), []);
  assert.deepEqual(await readdir(folder), ['encoder-failures.json'], 'who only looks sets nothing aside');
});
