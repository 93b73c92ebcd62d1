import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBasic } from './credentials.js';
import { HostNames } from './host-names.js';
import { attemptsKey } from './network.js';
import { hashPassword, isPassword, passwordFault, randomPassword, rtspHash } from './password.js';

describe('passwords', () => {
  it('are kept as argon2id with the cost that OWASP asks for, and as what RTSP digest needs', async () => {
    const kept = await hashPassword('joe', 'a:b@c/d%e');
    assert.match(kept.password, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.equal(rtspHash('Mufasa', 'Circle Of Life'), '197ed32b167982db16a2e39f597179bb');
    assert.equal(kept.rtsp, rtspHash('joe', 'a:b@c/d%e'));
    assert.ok(await isPassword('a:b@c/d%e', kept));
    assert.ok(!(await isPassword('a:b@c/d%f', kept)));
    assert.ok(!(await isPassword('x', { password: 'no hash', rtsp: '' })));
    assert.notEqual(
      (await hashPassword('joe', 'same')).password,
      (await hashPassword('joe', 'same')).password,
    );
  });

  it('are the same however their letters are written', async () => {
    const kept = await hashPassword('uwe', 'gr\u00fcn');
    assert.ok(await isPassword('gru\u0308n', kept));
    assert.equal(rtspHash('uwe', 'gru\u0308n'), kept.rtsp);
  });

  it('are random when nobody gives one, and easy to type', () => {
    const made = new Set(Array.from({ length: 100 }, randomPassword));
    assert.equal(made.size, 100);
    for (const one of made) assert.match(one, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    assert.equal(passwordFault(randomPassword()), null);
  });

  it('are refused with a reason', () => {
    assert.match(passwordFault('') ?? '', /empty/);
    assert.match(passwordFault('short') ?? '', /fewer than 8/);
    assert.match(passwordFault('with a\ttab') ?? '', /control character/);
    assert.match(passwordFault('x'.repeat(257)) ?? '', /more than 256/);
    for (const fine of ['a:b@c/d%', 'Grüße an Käthe', '密码密码密码密码', '        '])
      assert.equal(passwordFault(fine), null);
  });
});

describe('HTTP basic', () => {
  const header = (bytes: string | Buffer) => `Basic ${Buffer.from(bytes as string).toString('base64')}`;

  it('is a name and a password, in UTF-8 or in Latin-1', () => {
    assert.deepEqual(parseBasic(header('joe:a:b')), { user: 'joe', password: 'a:b' });
    assert.deepEqual(parseBasic(header('joe:')), { user: 'joe', password: '' });
    assert.deepEqual(parseBasic(header('uwe:grün')), { user: 'uwe', password: 'grün' });
    assert.deepEqual(parseBasic(header(Buffer.from('uwe:grün', 'latin1'))), {
      user: 'uwe',
      password: 'grün',
    });
    assert.deepEqual(parseBasic(header('a:b').replace('Basic ', 'bAsIc   ')), { user: 'a', password: 'b' });
  });

  it('is nothing else', () => {
    const others = [
      undefined,
      '',
      'Basic',
      'Basic ',
      'Basic !',
      'Bearer abc',
      'Basic YQ== YQ==',
      'BasicYTpi',
    ];
    for (const other of [...others, header('joe'), header(':b'), `Digest ${header('a:b')}`]) {
      assert.equal(parseBasic(other), null, other);
    }
  });
});

describe('names of this machine', () => {
  const names = new HostNames('Cam.example.org', ['door.example.org']);

  it('are addresses, localhost, its own name and those of the profile', () => {
    const own = [
      'cam',
      'CAM:8080',
      'cam.local',
      'cam.example.org',
      'door.example.org:80',
      'localhost',
      'cam.',
    ];
    const addresses = ['127.0.0.1:8080', '192.168.1.5', '[::1]:8080', '[fe80::1]', 'a.b.localhost:1'];
    for (const host of [...own, ...addresses, undefined]) assert.ok(names.has(host), host);
  });

  it('are no others', () => {
    const others = [
      'evil.org',
      'cam.evil.org',
      'localhost.evil.org',
      'evil.org:127.0.0.1',
      '127.0.0.1.evil.org',
    ];
    for (const host of [
      ...others,
      '',
      'evillocalhost',
      '::1',
      '[evil.org]',
      '127.0.0.1@evil.org',
      'cam:80:80',
    ]) {
      assert.ok(!names.has(host), host);
    }
  });
});

it('attempts are counted for an IPv4 address or an IPv6 network', () => {
  const cases: [string, string][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
    ['2001:DB8:0:1::5', '2001:db8:0:1::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
  ];
  for (const [address, key] of cases) assert.equal(attemptsKey(address), key);
});
