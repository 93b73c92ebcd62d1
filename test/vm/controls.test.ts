import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, suite, test } from 'node:test';
import { repository } from '../support/repository.js';
import { buildMachine, machineUnavailable, runInMachine } from './machine.js';

suite('controls of a real V4L2 driver', { skip: machineUnavailable() ?? false }, () => {
  before(buildMachine, { timeout: 300_000 });

  test('each kind is set and kept, and v4l2-ctl agrees', { timeout: 650_000 }, async () => {
    const guest = join(repository, 'dist', 'test', 'vm', 'controls-guest.js');
    const { output, code } = await runInMachine(`node '${guest}'`, 600_000);
    assert.equal(code, 0, output);
    assert.match(output, /^done$/m);
  });
});
