import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadText } from '../../test/support/profiles.js';
import { messageOf } from '../base/error.js';
import type { ProfileInput } from './load.js';
import { profileFromValue } from './load.js';

const hash =
  '$argon2id$v=19$m=19456,t=2,p=1$Y4g8V2/VW5ENzM5q888gQQ$Ew7RZQQgGbGEA2fTFH3PeQwyCWB9D2xkIhQmSY6kY5E';
const digest = '0123456789ABCDEF0123456789abcdef';
const cameras =
  'cameras: { a: { source: test, streams: { b: { codec: raw, width: 64, height: 64, framerate: 1 } } } }\n';
const users = (password = `'${hash}'`, rtsp = `'${digest}'`, name = 'joe@home') =>
  `auth: { users: { ${name}: { password: ${password}, rtsp: ${rtsp} } } }\n`;
const profileOf = (text: string, more: Partial<ProfileInput> = {}) => loadText(cameras + text, more);

function faultOf(text: string, more: Partial<ProfileInput> = {}): string {
  try {
    profileOf(text, more);
  } catch (error) {
    return messageOf(error);
  }
  assert.fail('the profile has no fault');
}

test('users are what teecam password prints', () => {
  const { auth } = profileOf(users()).profile;
  assert.deepEqual(auth, { users: { 'joe@home': { password: hash, rtsp: digest.toLowerCase() } } });
  assert.equal(profileOf('').profile.auth, null);
  assert.equal(profileOf('auth: none').profile.auth, 'none');
});

test('a host that others can reach needs auth to be said, and both ways out are named', () => {
  for (const host of ['0.0.0.0', "'::'", '192.168.1.5', 'cam.local']) {
    const fault = faultOf(`rtsp: { host: ${host} }`);
    assert.match(fault, /rtsp\.host: expected an address of this machine alone, .*; found /);
    assert.match(fault, /teecam password NAME.*auth: none/);
  }
  const open = profileOf('rtsp: { host: 0.0.0.0 }\nauth: none');
  assert.match(open.warnings.join(), /auth is none: whoever reaches 0\.0\.0\.0 /);
  assert.deepEqual(profileOf(`http: { host: 0.0.0.0 }\n${users()}`).warnings, []);
  assert.deepEqual(profileOf('auth: none').warnings, [], 'on loopback it is nothing to warn of');
});

test('a host given by the caller replaces those of the profile, and asks nobody', () => {
  const { profile } = profileOf('http: { port: 1, host: 10.0.0.1 }', { host: '::' });
  assert.deepEqual([profile.http.host, profile.http.port, profile.rtsp.host], ['::', 1, '::']);
  assert.match(faultOf('http: 3', { host: '::' }), /http: expected a group of keys; found 3/);
  const value = { cameras: { a: { source: 'test', streams: profile.cameras['a']?.streams } } };
  assert.throws(() => profileFromValue({ ...value, http: { host: '::' } }, '/'), /http\.host/);
});

test('each fault has its place, and none shows a secret', () => {
  const cases: [string, RegExp][] = [
    [
      users('hunter2'),
      /auth\.users\.joe@home\.password: expected an argon2id hash .*; found something else$/,
    ],
    [users(hash), /auth\.users\.joe@home: expected one of the keys password, rtsp; found another one$/m],
    [users(`'${hash.replace('19456', '999')}'`), /\.password: expected an argon2id hash with 7 to 256 MiB/],
    [users(`'${hash.replace('t=2', 't=99')}'`), /\.password: expected an argon2id hash/],
    [users(undefined, 'hunter2'), /\.rtsp: expected 32 hexadecimal digits, .*; found something else$/],
    [users(undefined, digest.replaceAll(/\D/g, '1')), /\.rtsp: expected 32 hexadecimal digits in quotes/],
    [users(undefined, undefined, '"a:b"'), /expected a user name: .*; found "a:b"$/],
    [
      'auth: { users: { joe: hunter2 } }',
      /auth\.users\.joe: expected a group of keys; found something else$/,
    ],
    ['auth: { users: {} }', /auth\.users: expected at least one user/],
    ['auth: {}', /auth\.users: expected a group of keys; found nothing$/],
    ['auth: { user: {} }', /auth\.user: expected one of the keys users; .*did you mean users\?/],
    ['auth: nobody', /auth: expected `none`, or users; found "nobody"$/],
    ['http: { hosts: ["cam:80"] }', /http\.hosts\.0: expected a host name without a port/],
  ];
  for (const [text, expected] of cases) {
    const fault = faultOf(text);
    assert.match(fault, expected);
    assert.doesNotMatch(fault, /hunter2/);
  }
  const set = ['auth.users.joe.password=hunter2', 'auth.users.joe.rtsp=[hunter2'];
  const fault = faultOf(users(), { set });
  assert.match(fault, /--set auth\.users\.joe\.password=…: /);
  assert.doesNotMatch(fault, /hunter2/);
});
