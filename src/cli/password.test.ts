import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { isPassword, type PasswordHashes, rtspHash } from '../access/password.js';
import { profileFromValue } from '../profile/load.js';

const main = fileURLToPath(new URL('main.js', import.meta.url));

function password(input: string, ...args: string[]) {
  return spawnSync(process.execPath, [main, 'password', ...args], { input, encoding: 'utf8' });
}

const cameras = {
  a: { source: 'test', streams: { b: { codec: 'raw', width: 64, height: 64, framerate: 1 } } },
};

async function matches(output: string, name: string, secret: string): Promise<boolean> {
  const { auth } = profileFromValue({ cameras, http: { host: '::' }, ...parse(output) }, '/').profile;
  assert.ok(auth !== null && auth !== 'none');
  const hashes: PasswordHashes | undefined = auth.users[name];
  return hashes !== undefined && hashes.rtsp === rtspHash(name, secret) && (await isPassword(secret, hashes));
}

test('the password on standard input becomes what a profile needs', async () => {
  for (const secret of ['open sesame', 'p:a@s/s%2F#w', 'Grüße an Käthe', ' spaces around ']) {
    const { status, stdout, stderr } = password(`${secret}\n`, 'joe@home');
    assert.equal(status, 0, stderr);
    assert.ok(await matches(stdout, 'joe@home', secret), secret);
    assert.equal(stderr, '');
    assert.ok(!stdout.includes(secret));
  }
});

test('a random one is shown beside the output', async () => {
  const { status, stdout, stderr } = password('', 'joe', '--random');
  assert.equal(status, 0);
  const secret = /shown this once: (\S+)\n/.exec(stderr)?.[1] ?? '';
  assert.ok(await matches(stdout, 'joe', secret));
});

test('what cannot be used is refused with a reason, and is not repeated', () => {
  for (const [input, name, reason] of [
    ['', 'joe', /it is empty/],
    ['hunter2\n', 'joe', /fewer than 8/],
    ['two\nlines of it', 'joe', /control character/],
    ['open sesame', 'a:b', /expected a user name/],
    ['open sesame', 'jürgen', /expected a user name/],
  ] as const) {
    const { status, stdout, stderr } = password(input, name);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, reason);
    assert.ok(input === '' || !stderr.includes(input.trim()));
  }
});
