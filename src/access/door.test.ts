import assert from 'node:assert/strict';
import { before, beforeEach, describe, it, mock } from 'node:test';
import { codeOf, TeecamError } from '../base/error.js';
import { type Log, silentLog } from '../base/log.js';
import { attempts, Door } from './door.js';
import { hashPassword, type PasswordHashes } from './password.js';
import { Users } from './users.js';

let joe: PasswordHashes;
before(async () => {
  joe = await hashPassword('joe', 'open sesame');
});

/** Users that count what is computed. */
class CountingUsers extends Users {
  computed = 0;
  override areRight(...args: Parameters<Users['areRight']>) {
    this.computed += 1;
    return super.areRight(...args);
  }
}

let users: CountingUsers;
let door: Door;
let said: string[];
beforeEach(() => {
  said = [];
  const log = { ...silentLog, warn: (_facts: object, text: string) => said.push(text) } as unknown as Log;
  users = new CountingUsers({ joe }, log);
  door = new Door(users, log);
});

const header = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const right = header('joe', 'open sesame');

/** How it ends: in, or the code of the refusal. */
async function enter(
  authorization: string | undefined,
  address = '10.0.0.1',
  connection = {},
): Promise<string> {
  try {
    await door.enter({ address, authorization, connection });
    return 'in';
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

describe('the door', () => {
  it('lets in who has the password, which is computed once', async () => {
    assert.equal(await enter(right), 'in');
    assert.equal(await enter(right), 'in');
    assert.equal(await enter(right, '10.0.0.2'), 'in');
    assert.equal(users.computed, 1);
    assert.deepEqual(door.refusals, { password: 0, limit: 0 });
  });

  it('lets in nobody else', async () => {
    const others = [
      undefined,
      'Basic',
      'Bearer x',
      header('joe', 'open'),
      header('Joe', 'open sesame'),
      header('nobody', 'open sesame'),
      header('joe', ''),
    ];
    for (const other of others) assert.equal(await enter(other), 'unauthorized');
    assert.deepEqual(door.refusals, { password: 4, limit: 0 }, 'without a password it is no attempt');
  });

  it('computes for a name that nobody has as well', async () => {
    await enter(header('nobody', 'x'));
    assert.equal(users.computed, 1);
  });

  it('takes many requests at once with one password for one attempt', async () => {
    const all = (authorization: string) =>
      Promise.all(Array.from({ length: 30 }, () => enter(authorization, '10.0.0.1', {})));
    assert.deepEqual(new Set(await all(right)), new Set(['in']));
    assert.deepEqual(new Set(await all(header('joe', 'x'))), new Set(['unauthorized']));
    assert.equal(users.computed, 2);
    assert.equal(await enter(header('joe', 'y')), 'unauthorized', 'there are attempts left');
  });

  it('shuts an address out that has tried too many, also for the right password, but not who is inside', async () => {
    const inside = {};
    assert.equal(await enter(right, '10.0.0.1', inside), 'in');
    for (let attempt = 0; attempt < attempts.most; attempt++) {
      assert.equal(await enter(header('joe', `guess ${attempt}`)), 'unauthorized');
    }
    assert.equal(await enter(header('joe', 'one more')), 'too-many');
    assert.equal(await enter(right), 'too-many');
    assert.equal(await enter(right, '10.0.0.1', inside), 'in');
    assert.equal(
      await enter(header('joe', 'x'), '10.0.0.1', inside),
      'too-many',
      'with another password it is not inside',
    );
    assert.equal(await enter(right, '10.0.0.2'), 'in');
    assert.deepEqual(door.refusals, { password: attempts.most, limit: 3 });
    assert.equal(said.filter((text) => text.startsWith('wrong user or password')).length, attempts.most);
    assert.equal(said.filter((text) => text.startsWith('too many')).length, 1);
  });

  it('says when to come back, and lets in then', async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'] });
    try {
      for (let attempt = 0; attempt < attempts.most; attempt++)
        await enter(header('joe', `guess ${attempt}`));
      mock.timers.tick(20_000);
      await assert.rejects(
        door.enter({ address: '10.0.0.1', authorization: right, connection: {} }),
        (error) => error instanceof TeecamError && error.details['retryAfterS'] === attempts.withinS - 20,
      );
      mock.timers.tick(40_000);
      assert.equal(await enter(right), 'in');
    } finally {
      mock.timers.reset();
    }
  });

  it('does not count the same wrong password again', async () => {
    for (let time = 0; time < 3 * attempts.most; time++) {
      assert.equal(await enter(header('joe', 'an old password')), 'unauthorized');
    }
    assert.equal(users.computed, 1);
    assert.equal(await enter(right), 'in');
    assert.equal(door.refusals.password, 3 * attempts.most);
  });

  it('lets many addresses wait for one computation at a time, and not too many', async () => {
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, index) => enter(header('joe', `guess ${index}`), `10.0.1.${index}`)),
    );
    const count = (code: string) => all.filter((one) => one === code).length;
    assert.deepEqual([count('unauthorized'), count('too-many')], [16, 24]);
    assert.equal(await enter(right), 'in');
  });

  it('notices that the hash for RTSP is of another password', async () => {
    users = new CountingUsers({ joe: { ...joe, rtsp: '0'.repeat(32) } }, {
      ...silentLog,
      warn: (_facts: object, text: string) => said.push(text),
    } as unknown as Log);
    door = new Door(users, silentLog);
    assert.equal(await enter(right), 'in');
    assert.match(said.join(), /the hash for RTSP is of another password/);
  });
});
